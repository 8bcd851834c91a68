// The gateway under test: the built product with its own configuration, logger and server, plus two
// stages that do nothing and taps that a request header asks for. Prints {"port":…} once it listens;
// answers the message "memory" with what is alive after a collection; ends cleanly at SIGTERM, so that
// a profile is written.
//   node gateway.mjs <dist folder> <configuration file> <log file>

import { openSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [distFolder, configPath, logPath] = process.argv.slice(2)
const load = (path) => import(pathToFileURL(resolve(distFolder, path)).href)

const { builtIn } = await load('config/lists.js')
const { createGatewayServices } = await load('config/services.js')
const { loadParts } = await load('config/start.js')
const { createGateway } = await load('gateway/gateway.js')
const { createLogger } = await load('surfaces/cli/logger.js')
const { listen } = await load('surfaces/http/node.js')
const { withTap } = await load('core/call.js')

let eventsSeen = 0
const tapOf = (needs) => ({
  name: `bench-${needs}`,
  needs,
  create: () => (event, emit) => {
    eventsSeen += 1
    emit(event)
  },
})
const taps = { meter: tapOf('meter'), events: tapOf('events') }

const anyOptions = { parse: (value) => value }
const stagePlugin = (name, phase, stage) => ({
  name,
  phase,
  summary: 'for measuring only',
  options: anyOptions,
  setup: () => ({ stage }),
})
const plugins = [
  stagePlugin('bench-prepare', 'prepare', (call, next) => next(call)),
  stagePlugin('bench-answer', 'answer', (call, next) => {
    const tap = taps[call.headers['bench-tap']]
    return next(tap ? withTap(call, tap) : call)
  }),
]

const lists = { ...builtIn, plugins: [...builtIn.plugins, ...plugins] }
const logFile = openSync(logPath, 'a')
// Standard error into a file, as it is when a supervisor keeps the log.
const terminal = { error: (text) => writeSync(logFile, text) }
const services = createGatewayServices(createLogger('json', 'info', terminal))
const { parts } = loadParts({ folder: '.', configPath }, services, lists)
const gateway = createGateway(parts, services)
const listening = await listen(gateway, parts.server)

const sweepMs = 100

// Memory of buffers is given back a while after the collection that found them dead.
process.on('message', async () => {
  for (let round = 0; round < 2; round += 1) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, sweepMs))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  process.send?.({ aliveKib: (heapUsed + arrayBuffers) / 1024, eventsSeen, ...gateway.inFlight() })
})
process.once('SIGTERM', () => process.exit(0))
console.log(JSON.stringify({ port: listening.port }))
