import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Outcome, Reply, Stage } from '../core/call.ts'
import { GatewayError } from '../core/error.ts'
import { createCancellation, type Services } from '../core/services.ts'
import { createMemoryLedger } from '../stores/memory-ledger.ts'
import { assembleCase } from '../testing/config-case.ts'
import { type FakeUpstream, startFakeUpstream } from '../testing/fake-upstream.ts'
import type { CallDraft } from './create-call.ts'
import { createGateway, type Gateway } from './gateway.ts'
import type { Parts } from './parts.ts'
import { createServices } from './services.ts'
import { createTransport } from './transport.ts'

const whole = {
  body: {
    id: 'c',
    choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
  },
}
const piece = (content: string): string =>
  `data: {"id":"c","choices":[{"index":0,"delta":{"content":"${content}"},"finish_reason":null}]}\n\n`

let upstream: FakeUpstream
let parts: Parts
const gateways: Gateway[] = []

beforeAll(async () => {
  upstream = await startFakeUpstream()
  parts = assembleCase({
    file: `
      [providers.lab]
      dialect = "openai-chat"
      base_url = "${upstream.address}"
      api_key = "k"
      [providers.lab.timeouts]
      first_byte = "5s"
      [retry]
      max = 2
      base = "50ms"
      [discover]
      enabled = false
    `,
  }).parts
})
afterEach(async () => {
  for (const gateway of gateways.splice(0)) {
    await expect
      .poll(() => [gateway.inFlight(), gateway.services.ledger.inUse('provider:lab')])
      .toEqual([{ calls: 0, exchanges: 0 }, 0])
    await gateway.close()
  }
})
afterAll(() => upstream.close())

function create(changes: Partial<Parts> = {}, services: Partial<Services> = {}): Gateway {
  const gateway = createGateway(
    { ...parts, ...changes },
    {
      ...createServices(),
      ledger: createMemoryLedger(),
      transport: createTransport(),
      ...services,
    },
  )
  gateways.push(gateway)
  return gateway
}

function draft(isStream: boolean, cancellation = createCancellation()): CallDraft {
  const fields = {
    model: 'lab/m',
    stream: isStream,
    messages: [{ role: 'user', content: 'x' }],
  }
  const dialect = parts.dialects.find(({ id }) => id === 'openai-chat')
  if (!dialect) throw new Error('The dialect is missing')
  return {
    id: 'call_1',
    dialect,
    operation: 'chat',
    headers: {},
    caller: { id: 'anonymous' },
    isStrict: false,
    bytes: Buffer.from(JSON.stringify(fields)),
    fields,
    cancellation,
    receivedAtMs: performance.now(),
  }
}

const read = (reply: Reply): Promise<string> =>
  new Promise((resolve) => {
    let text = ''
    reply.start({
      write: (chunk) => {
        text += Buffer.from(chunk as Uint8Array).toString()
        return true
      },
      end: () => resolve(text),
      abort: () => resolve(`${text}!`),
    })
  })

const watching = (outcomes: Outcome[]): Parts['stages'][number] => ({
  name: 'watch',
  phase: 'admit',
  stage: (call, next) => {
    call.onSettled((outcome) => outcomes.push(outcome))
    return next(call)
  },
})
const failingAfter: Stage = async (call, next) => {
  await next(call)
  throw new GatewayError('internal', 'The plugin broke')
}

describe.each([true, false])('stream: %s', (isStream) => {
  test('a stage that breaks with an answer in hand leaves no answer running', async () => {
    const outcomes: Outcome[] = []
    upstream.play(
      isStream ? { body: piece('x').repeat(10), fault: { kind: 'stall', afterBytes: 200 } } : whole,
    )
    const gateway = create({
      stages: [watching(outcomes), { name: 'broken', phase: 'answer', stage: failingAfter }],
    })
    await expect(gateway.run(draft(isStream))).rejects.toThrow('The plugin broke')
    await expect.poll(() => upstream.inFlight()).toBe(0)
    expect(outcomes).toHaveLength(1)
  })

  test('a client that is gone already is not called for', async () => {
    const outcomes: Outcome[] = []
    upstream.play(whole)
    const gateway = create({ stages: [watching(outcomes)], deadlineMs: 60_000 })
    const gone = createCancellation()
    gone.cancel()
    await expect(gateway.run(draft(isStream, gone))).rejects.toMatchObject({ kind: 'cancelled' })
    expect(outcomes.map(({ status }) => status)).toEqual([499])
    expect(upstream.requests).toEqual([])
  })

  test('the deadline counts what was spent before the first try, and every try after', async () => {
    upstream.play({ status: 503, body: { error: { message: 'busy' } } })
    const outcomes: Outcome[] = []
    const late: Stage = async (call, next) => {
      await new Promise((resolve) => setTimeout(resolve, 60))
      return next(call)
    }
    const real = createServices()
    const waits: number[] = []
    const gateway = create(
      {
        stages: [watching(outcomes), { name: 'late', phase: 'admit', stage: late }],
        deadlineMs: 80,
        retry: { max: 10, baseMs: 5000 },
      },
      {
        random: () => 0.9,
        timer: (afterMs, fire) => {
          waits.push(afterMs)
          return real.timer(afterMs, fire)
        },
      },
    )
    await expect(gateway.run(draft(isStream))).rejects.toMatchObject({ kind: 'deadline' })
    expect(Math.min(...waits)).toBeLessThanOrEqual(25)
    expect(outcomes.map(({ status }) => status)).toEqual([504])
  })

  test('a gateway that closes with calls under way ends them, and calls nobody again', async () => {
    upstream.play({ fault: { kind: 'stall' } })
    const gateway = create()
    const running = gateway.run(draft(isStream))
    await expect.poll(() => upstream.inFlight()).toBe(1)
    await gateway.close()
    await expect(running).rejects.toMatchObject({ kind: 'provider-unreachable' })
    expect(upstream.requests).toHaveLength(1)
  })

  test('what became of a call that failed can be asked by its error', async () => {
    upstream.play({ status: 400, body: { error: { message: 'odd' } } })
    const gateway = create()
    const error = (await gateway
      .run(draft(isStream))
      .catch((thrown: unknown) => thrown)) as GatewayError
    expect(gateway.outcomeOf(error)).toMatchObject({
      status: 400,
      target: 'lab/m',
      attempts: [{ target: 'lab/m', outcome: 'failed' }],
    })
    expect(gateway.outcomeOf(new GatewayError('internal', 'another'))).toBeUndefined()
  })
})

test('the deadline ends a stream in the middle, in words', async () => {
  upstream.play({ body: piece('x').repeat(50), cuts: { seed: 1, count: 50 }, pieceDelayMs: 20 })
  const outcomes: Outcome[] = []
  const gateway = create({ stages: [watching(outcomes)], deadlineMs: 200 })
  const text = await read(await gateway.run(draft(true)))
  expect(text).toMatch(/"content":"x"[\s\S]*deadline_exceeded/)
  expect(outcomes.map(({ status }) => status)).toEqual([504])
  await expect.poll(() => upstream.inFlight()).toBe(0)
})

test('a call finishes on the description it began with', async () => {
  upstream.play({ ...whole, headDelayMs: 80 })
  const gateway = create()
  const running = gateway.run(draft(false))
  await expect.poll(() => upstream.inFlight()).toBe(1)
  gateway.swap({ ...parts, upstreams: new Map(), providerNames: new Map() })
  expect((await running).status).toBe(200)
  await expect(gateway.run(draft(false))).rejects.toMatchObject({ kind: 'unknown-model' })
})

test('a gateway knows its own mark wherever it stands', () => {
  const gateway = create()
  expect(gateway.isOwnHop({})).toBe(false)
  expect(gateway.isOwnHop({ 'dragoman-hop': 'aaaaaaaaaaaa, bbbbbbbbbbbb' })).toBe(false)
})
