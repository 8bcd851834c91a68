// Runs one step: brings the server to its working temperature, applies the load, reads the meters.

import { once } from 'node:events'
import { firstLine } from './launch.mjs'
import { machineCpuSeconds } from './processes.mjs'
import { heating } from './steps.mjs'

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
// Steps during which strangers used more of this machine than this are run again.
const tolerableCores = 0.3
const quietCores = 0.12

/** The step's figures. Runs again up to `tries` times while others disturb; the quietest run counts. */
export async function runStep(world, step, { seconds, tries }) {
  let best
  for (let attempt = 0; attempt < tries; attempt += 1) {
    await untilQuiet()
    const result = await runOnce(world, step, seconds)
    if (!best || result.otherCores < best.otherCores) best = result
    if (best.otherCores <= tolerableCores) break
  }
  return best
}

async function untilQuiet() {
  for (let attempt = 0; attempt < 6; attempt += 1) {
    const before = machineCpuSeconds()
    await pause(300)
    if ((machineCpuSeconds() - before) / 0.3 < quietCores) return
  }
}

async function runOnce(world, step, seconds) {
  const { origin, url, pids, isNew } = await world.serverOf(step)
  const spec = { ...step, url, servers: pids, measureMs: seconds * 1000 }
  if (isNew) await heat(world, step, origin, pids)
  if (step.isFresh) await warmUp(world, spec)
  const isGateway = step.at === 'gateway'
  const idle = step.isFresh
    ? { memoryKib: world.memoryKib(pids), ...(isGateway ? await world.askGateway() : {}) }
    : undefined
  const load = world.startLoad(spec)
  const pending = firstLine(load, 'the load')
  const early = step.isLong && isGateway ? await earlyMemory(world, step) : undefined
  const result = await pending
  const late = isGateway && step.isFresh ? await world.askGateway() : undefined
  load.stdin.end()
  await once(load, 'exit')
  await pause(200)
  return {
    ...result,
    ...(idle ? { idle } : {}),
    ...(early ? { early } : {}),
    ...(late ? { late } : {}),
    ...(isGateway ? { mode: world.lastMode() } : {}),
  }
}

async function earlyMemory(world, { warmupMs }) {
  await pause(warmupMs + 500)
  return world.askGateway()
}

/** Runs the loads of `heating`; for a gateway of one step only those that go the same way. */
async function heat(world, step, origin, pids) {
  const isUsed = ({ dialect, upstream }) =>
    !step.isFresh || (dialect === step.dialect && upstream === step.upstream)
  for (const load of heating.filter(isUsed))
    await runToEnd(world, { ...load, url: origin + load.path, servers: pids })
}

async function runToEnd(world, spec) {
  const load = world.startLoad(spec)
  await firstLine(load, 'the load')
  load.stdin.end()
  await once(load, 'exit')
}

/** A few streams, so that memory taken once for all is not counted per stream. */
async function warmUp(world, spec) {
  const few = { connections: 20, rampMs: 0, warmupMs: 500, measureMs: 1500 }
  await runToEnd(world, { ...spec, ...few })
  await pause(500)
}
