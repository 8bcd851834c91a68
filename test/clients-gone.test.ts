// Clients that leave, wait or dawdle, at every stage of their call: the work for them ends, slots are
// free again, and who only waits is kept company.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createServices } from '../src/gateway/services.ts'
import { type FakeUpstream, startFakeUpstream } from '../src/testing/index.ts'
import { ask } from './support/ask.ts'
import { connectRaw, type RawClient, rawPost } from './support/raw-client.ts'
import { startGateway, type TestGateway } from './support/start-gateway.ts'
import { waitUntil } from './support/wait-until.ts'

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const stream = `${chunk({ role: 'assistant', content: 'fi' })}${chunk({ content: 'ne' })}${chunk({}, 'stop')}data: [DONE]\n\n`
const chat = '/v1/chat/completions'
const body = (model: string, isStream: boolean): string =>
  JSON.stringify({ model, stream: isStream, messages: [{ role: 'user', content: 'hi' }] })

let first: FakeUpstream
let second: FakeUpstream
let gateway: TestGateway
const rejections: unknown[] = []
const onRejection = (reason: unknown): void => void rejections.push(reason)

// Fifteen seconds of silence pass in no time; everything else takes as long as it takes.
const real = createServices()
const timer: typeof real.timer = (afterMs, fire) =>
  real.timer(afterMs === 15_000 ? 60 : afterMs, fire)

beforeAll(async () => {
  process.on('unhandledRejection', onRejection)
  first = await startFakeUpstream()
  second = await startFakeUpstream()
  const place = (address: string, more: object = {}) => ({
    dialect: 'openai-chat',
    base_url: address,
    api_key: 'k',
    ...more,
  })
  gateway = await startGateway(
    {
      retry: { max: 1, base: '2s' },
      providers: {
        first: place(first.address, { timeouts: { idle: '400ms' } }),
        second: place(second.address),
      },
      routes: { both: { strategy: 'priority', targets: ['first/m', 'second/n'] } },
    },
    {},
    { timer, random: () => 0.999 },
  )
})
afterEach(async () => {
  await gateway.expectIdle()
  expect(rejections).toEqual([])
})
afterAll(async () => {
  await gateway.close()
  await first.close()
  await second.close()
  process.off('unhandledRejection', onRejection)
})

async function call(model: string, isStream: boolean, path = chat): Promise<RawClient> {
  const client = await connectRaw(gateway.address)
  client.send(rawPost(path, body(model, isStream)))
  return client
}

const lastStatus = (): unknown => gateway.outcomes.at(-1)?.['status']

describe.each([true, false])('a client (stream: %s) that hangs up', (isStream) => {
  test('while its request is still coming is no call at all', async () => {
    const before = gateway.outcomes.length
    const client = await connectRaw(gateway.address)
    client.send(rawPost(chat, body('first/m', isStream)).slice(0, -5))
    client.socket.destroy()
    await gateway.expectIdle()
    expect(gateway.outcomes).toHaveLength(before)
  })

  test('while models are looked up is not asked for', async () => {
    // What is known of models goes with the configuration.
    gateway.gateway.swap({ ...gateway.gateway.parts() })
    first.play({ body: { data: [] } })
    second.play({ headDelayMs: 150, body: { data: [{ id: 'rare' }] } })
    const before = gateway.outcomes.length
    const client = await call('rare', isStream)
    await waitUntil(() => second.requests.length, 1)
    client.socket.destroy()
    await gateway.lastOutcome(before + 1)
    expect(lastStatus()).toBe(499)
    for (const { requests } of [first, second])
      expect(requests.filter(({ method }) => method === 'POST')).toEqual([])
  })

  test('before the head and in the middle stops its provider', async () => {
    for (const afterBytes of [undefined, 0, 200]) {
      first.play({
        headers: { 'content-type': isStream ? 'text/event-stream' : 'application/json' },
        body: stream,
        fault: afterBytes === undefined ? { kind: 'stall' } : { kind: 'stall', afterBytes },
      })
      const before = gateway.outcomes.length
      const client = await call('first/m', isStream)
      await waitUntil(() => first.requests.length, 1)
      if (afterBytes === 200 && isStream) await client.until('"fi"')
      client.socket.destroy()
      await gateway.lastOutcome(before + 1)
      expect(lastStatus()).toBe(499)
      await waitUntil(() => first.inFlight(), 0)
    }
  })

  test('during the wait between two tries ends the waiting', async () => {
    first.play({ status: 503, body: { error: { message: 'busy' } } })
    const before = gateway.outcomes.length
    const client = await call('first/m', isStream)
    await waitUntil(() => first.requests.length === 1 && first.inFlight() === 0, true)
    client.socket.destroy()
    await gateway.lastOutcome(before + 1)
    expect(lastStatus()).toBe(499)
    expect(first.requests).toHaveLength(1)
  })

  test('ends the work of a provider inside the process', async () => {
    const before = gateway.outcomes.length
    const client = await call('sim/lorem?tokens=500&delay=20ms', isStream)
    if (isStream) await client.until('"delta"')
    else await waitUntil(() => gateway.gateway.inFlight().calls, 1)
    client.socket.destroy()
    await gateway.lastOutcome(before + 1)
    expect(lastStatus()).toBe(499)
  })
})

describe('a client that waits', () => {
  const slow = { body: stream, headDelayMs: 250 }

  test('is opened and kept alive, and the answer follows', async () => {
    first.play(slow)
    const client = await call('first/m', true)
    const answer = await client.until('[DONE]')
    expect(answer).toMatch(/: keep-alive\n\n[\s\S]*: keep-alive\n\n[\s\S]*"fi"/)
  })

  test('is answered by another target still, and told at last who it was', async () => {
    first.play({ headDelayMs: 250, status: 429, body: { error: { message: 'no' } } })
    second.play({ body: stream })
    const client = await call('both', true)
    const answer = await client.until(/\r\n0\r\n[\s\S]*\r\n\r\n$/)
    expect(answer).toMatch(/x-router-provider: first\r\n[\s\S]*: keep-alive\n\n[\s\S]*"fi"/)
    expect(answer).toMatch(
      /\r\n0\r\n[\s\S]*x-router-provider: second\r\nx-router-model: n\r\nx-router-attempts: 2\r\n/,
    )
    expect(answer).toMatch(/trailer: [^\r]*x-router-provider/i)
  })

  test('is told in the stream when all fail, and the stream ends well', async () => {
    for (const [path, error] of [
      [chat, 'data: {"error":'],
      ['/v1/messages', 'event: error\ndata: '],
    ] as const) {
      first.play({ headDelayMs: 200, status: 429, body: { error: { message: 'no' } } })
      second.play({ headDelayMs: 1, status: 401, body: { error: { message: 'no' } } })
      const client = await connectRaw(gateway.address)
      client.send(rawPost(path, body('both', true).replace('{', '{"max_tokens":9,')))
      const answer = await client.until(/\r\n0\r\n[\s\S]*\r\n\r\n$/)
      expect(answer).toMatch(/^HTTP\/1.1 200 /)
      expect(answer).toContain(error)
      expect(answer).not.toContain('[DONE]')
    }
  })

  test('for a whole answer gets nothing but that', async () => {
    first.play({ headDelayMs: 200, status: 400, body: { error: { message: 'odd' } } })
    expect((await ask(gateway.address, chat, JSON.parse(body('first/m', false)))).status).toBe(400)
  })
})

test('a client that does not read is not its provider’s fault', async () => {
  first.play({ body: chunk({ content: 'x'.repeat(4000) }).repeat(8000) + stream })
  const before = gateway.outcomes.length
  const client = await call('first/m', true)
  await client.until('"delta"')
  client.socket.pause()
  await waitUntil(() => gateway.outcomes.length, before + 1)
  expect(gateway.outcomes.at(-1)).toMatchObject({ status: 499, code: 'client_closed_request' })
  await waitUntil(() => first.inFlight(), 0)
  client.socket.destroy()
})

test('a client that stops and goes on reading gets every byte', async () => {
  second.play({ body: chunk({ content: 'y'.repeat(4000) }).repeat(2500) + stream })
  const client = await call('second/n', true)
  for (let stops = 0; stops < 10; stops += 1) {
    client.socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 15))
    client.socket.resume()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const answer = await client.until('[DONE]', 10_000)
  expect(answer.split('y'.repeat(4000))).toHaveLength(2501)
})
