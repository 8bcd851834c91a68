// Thousands of calls of every kind, many of them broken on either side: when all is over nothing is in
// use, nothing ticks and nothing is kept.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FakeUpstream, type ScriptedAnswer, startFakeUpstream } from '../src/testing/index.ts'
import { chatPaths, plainRequest } from './support/ask.ts'
import { fixture } from './support/fixtures.ts'
import { startGateway, type TestGateway } from './support/start-gateway.ts'
import { waitUntil } from './support/wait-until.ts'
import { toScript } from './support/world.ts'

const dialects = ['openai-chat', 'anthropic'] as const
const calls = process.env['RUN_ALL'] === '1' ? 5000 : 1200
const atOnce = 16

let upstream: FakeUpstream
let gateway: TestGateway
const rejections: unknown[] = []
const onRejection = (reason: unknown): void => void rejections.push(reason)

beforeAll(async () => {
  process.on('unhandledRejection', onRejection)
  upstream = await startFakeUpstream()
  const place = (dialect: string) => ({
    dialect,
    base_url: `${upstream.address}/v1`,
    api_keys: ['a', 'b'],
    timeouts: { first_byte: '60ms', idle: '60ms' },
  })
  gateway = await startGateway({
    retry: { max: 1, base: '2ms' },
    providers: { 'openai-chat': place('openai-chat'), anthropic: place('anthropic') },
    routes: Object.fromEntries(
      dialects.map((dialect) => [
        `via-${dialect}`,
        { targets: dialects.map((one) => `${one}/first`).concat(`${dialect}/second`) },
      ]),
    ),
  })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
  process.off('unhandledRejection', onRejection)
})

/** What the provider does with the call `number`, in the dialect of the path it was asked at. */
function scriptFor(number: number, path: string, isStream: boolean): ScriptedAnswer {
  const dialect = path.endsWith('/messages') ? 'anthropic' : 'openai-chat'
  const good = toScript(
    fixture(`${dialect}/${number % 2 ? 'text' : 'tool-call'}${isStream ? '-stream' : ''}`),
  )
  const afterBytes = (number * 37) % 900
  const scripts: readonly ScriptedAnswer[] = [
    good,
    { ...good, isCompressed: true },
    { ...good, fault: { kind: 'reset', afterBytes } },
    { ...good, fault: { kind: 'truncate', afterBytes } },
    { ...good, fault: { kind: 'stall', afterBytes } },
    { ...good, fault: { kind: 'garbage', afterBytes, bytes: Buffer.from('\n\ndata: {\xff\n\n') } },
    { ...good, pieceDelayMs: 5 },
    { fault: { kind: 'reset' } },
    { fault: { kind: 'stall' } },
    { status: 429, body: { error: { message: 'no' } } },
    { status: 401, body: 'no' },
    { status: 500, body: '<html>' },
    { status: 200, body: '' },
  ]
  return scripts[number % scripts.length] ?? good
}

async function runCall(number: number): Promise<void> {
  const client = dialects[number % 2] ?? 'anthropic'
  const target = dialects[(number >> 1) % 2] ?? 'anthropic'
  const isStream = (number >> 2) % 2 === 0
  const models = [`${target}/m`, `via-${target}`, 'sim/lorem?tokens=20&delay=1ms', 'nothing']
  const model = models[(number >> 3) % models.length] ?? ''
  const hangUp = new AbortController()
  const leaves = number % 5 === 0 ? setTimeout(() => hangUp.abort(), (number * 7) % 40) : undefined
  try {
    const response = await fetch(gateway.address + chatPaths[client], {
      method: 'POST',
      body: JSON.stringify(plainRequest(client, model, isStream)),
      signal: hangUp.signal,
    })
    await response.text()
  } catch (thrown) {
    if (!hangUp.signal.aborted) throw thrown
  } finally {
    clearTimeout(leaves)
  }
}

async function runCalls(from: number, to: number): Promise<void> {
  let next = from
  const worker = async (): Promise<void> => {
    while (next < to) await runCall(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  await gateway.expectIdle()
  await waitUntil(() => upstream.inFlight(), 0)
}

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc') as () => void

async function measure() {
  await new Promise((resolve) => setTimeout(resolve, 50))
  collect()
  return {
    heap: process.memoryUsage().heapUsed,
    timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
    listeners: process
      .eventNames()
      .reduce((total, name) => total + process.listenerCount(name as string), 0),
  }
}

test(`${calls} calls leave nothing behind`, async () => {
  let asked = 0
  const play = (): void =>
    upstream.play((request) => {
      asked += 1
      const isStream = (request.json as { stream?: boolean } | undefined)?.stream === true
      return scriptFor(asked, request.path, isStream)
    })
  play()
  await runCalls(0, 300)
  play()
  const before = await measure()
  const noted = gateway.outcomes.length
  await runCalls(300, calls)
  expect(gateway.outcomes.length - noted).toBeGreaterThan((calls - 300) * 0.9)
  // The test's own memory is not the gateway's.
  play()
  ;(gateway.outcomes as unknown[]).length = noted
  const after = await measure()
  for (const id of ['sim', ...dialects])
    expect(gateway.gateway.services.ledger.inUse(`provider:${id}`)).toBe(0)
  expect(after.listeners).toBe(before.listeners)
  expect(after.timers).toBeLessThan(before.timers + atOnce)
  expect(after.heap - before.heap).toBeLessThan(6 * 1024 * 1024)
  expect(rejections).toEqual([])
}, 120_000)
