// Everything that runs during a measurement: the mocks, nginx, the gateway, and the load on one of them.

import { once } from 'node:events'
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createConfiguration } from './configuration.mjs'
import { cpus, firstLine, freePort, start, stop, stopAll, untilListening } from './launch.mjs'
import { hasNginx, mockCommand, proxyCommand } from './nginx.mjs'
import { memoryKib } from './processes.mjs'

const script = (name) => fileURLToPath(new URL(name, import.meta.url))

/** Starts mocks and nginx; gateways are started when a step wants one. */
export async function createWorld({ dist, profile }) {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-bench-'))
  const errors = join(folder, 'errors.log')
  const node = (...words) => [process.execPath, ...words]
  const mock = start(node(script('./mock-upstream.mjs')), cpus.load, errors)
  const { port: mockPort } = await firstLine(mock, 'the mock')
  const ports = { wholes: mockPort, streams: mockPort, nobody: await freePort() }
  const upstreams = [mock.pid]
  const withNginx = hasNginx()
  let proxy

  if (withNginx) {
    ports.wholes = await freePort()
    const wholes = start(mockCommand(folder, ports.wholes), cpus.load, errors)
    upstreams.push(wholes.pid)
    await untilListening(ports.wholes, 'the nginx mock')
    ports.nginx = await freePort()
  }
  const startProxy = async () => {
    const command = proxyCommand(folder, ports.nginx, ports)
    proxy = start(command, cpus.server, errors)
    await untilListening(ports.nginx, 'nginx')
  }

  const configPath = join(folder, 'bench.toml')
  writeFileSync(configPath, createConfiguration(ports))
  const logPath = join(folder, 'gateway.log')
  let gateway
  const startGateway = async () => {
    const flags = ['--expose-gc', ...(profile ? ['--cpu-prof', '--cpu-prof-dir', profile] : [])]
    const words = [...flags, script('./gateway.mjs'), dist, configPath, logPath]
    const child = start(node(...words), cpus.server, errors, true)
    const { port } = await firstLine(child, `the gateway (see ${errors})`)
    gateway = { child, port }
  }

  /** Where a step's requests go, and which process is measured. */
  const serverOf = async ({ at, kind, path, isFresh }) => {
    if (at === 'direct') return { url: `http://127.0.0.1:${ports[kind]}${path}`, pids: [] }
    if (at === 'nginx') {
      if (isFresh && proxy) await stop(proxy)
      if (isFresh || !proxy) await startProxy()
      const prefix = kind === 'streams' ? '/streams' : ''
      return { url: `http://127.0.0.1:${ports.nginx}${prefix}${path}`, pids: [proxy.pid] }
    }
    const isNew = isFresh || !gateway
    if (isFresh && gateway) await stop(gateway.child)
    if (isNew) await startGateway()
    const origin = `http://127.0.0.1:${gateway.port}`
    return { origin, url: origin + path, pids: [gateway.child.pid], isNew }
  }

  return {
    folder,
    errors,
    hasNginx: withNginx,
    serverOf,
    /** Starts a load; its first line is the result. */
    startLoad: (spec) =>
      start(node(script('./load.mjs'), JSON.stringify({ ...spec, upstreams })), cpus.load, errors),
    memoryKib,
    /** KiB alive in the gateway after a collection, and what it has under way. */
    askGateway: async () => {
      gateway.child.send('memory')
      const [answer] = await once(gateway.child, 'message')
      return answer
    },
    /** How the last logged call was rendered. */
    lastMode: () => /.*"mode":"(\w+)"/s.exec(endOf(logPath))?.[1],
    stop: stopAll,
  }
}

const tailBytes = 4096

function endOf(path) {
  const file = openSync(path, 'r')
  const buffer = Buffer.alloc(tailBytes)
  const { size } = fstatSync(file)
  const count = readSync(file, buffer, 0, tailBytes, Math.max(0, size - tailBytes))
  closeSync(file)
  return buffer.toString('utf8', 0, count)
}
