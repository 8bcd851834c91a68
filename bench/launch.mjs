// Starts and stops the processes of a run, each on its own CPU where that can be had.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { availableParallelism } from 'node:os'

/** The server under test has one CPU to itself, load and mocks share another. */
export const cpus = { server: 0, load: 1 }
export const canPin = spawnSync('taskset', ['-V']).status === 0 && availableParallelism() > 1

const pinned = (command, cpu) => (canPin ? ['taskset', '-c', String(cpu), ...command] : command)

const running = new Set()

/** Starts a command on a CPU. Its errors go to `errors`, a file. */
export function start(command, cpu, errors, hasChannel = false) {
  const [program, ...words] = pinned(command, cpu)
  const child = spawn(program, words, {
    stdio: ['pipe', 'pipe', openSync(errors, 'a'), ...(hasChannel ? ['ipc'] : [])],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** The first line a process prints, as JSON; throws when it ends without one. */
export async function firstLine(child, name) {
  let text = ''
  child.stdout.setEncoding('utf8')
  for await (const piece of child.stdout.iterator({ destroyOnReturn: false })) {
    text += piece
    if (text.includes('\n')) return JSON.parse(text)
  }
  throw new Error(`${name} ended before it was ready`)
}

/** Waits until something listens on a port. */
export async function untilListening(port, name) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await canConnect(port)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${name} does not listen on port ${port}`)
}

const canConnect = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

/** A port nothing listens on now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Asks a process to end and waits for it; a deaf one is killed. */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
  child.kill('SIGTERM')
  await exit
  clearTimeout(timer)
}

/** Ends everything that was started and still runs. */
export const stopAll = () => Promise.all([...running].map(stop))
