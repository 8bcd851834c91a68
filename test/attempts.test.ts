// What the attempt engine does when a provider does not do its part: seen from outside, over sockets.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type FakeUpstream, type ScriptedAnswer, startFakeUpstream } from '../src/testing/index.ts'
import { ask } from './support/ask.ts'
import { startGateway, type TestGateway } from './support/start-gateway.ts'

const good: ScriptedAnswer = {
  headers: { 'content-type': 'application/json' },
  body: {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_790_000_000,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'fine' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
  },
}
const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-2', object: 'chat.completion.chunk', created: 1_790_000_000, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const goodStream: ScriptedAnswer = {
  headers: { 'content-type': 'text/event-stream' },
  body: `${chunk({ role: 'assistant', content: 'fi' })}${chunk({ content: 'ne' })}${chunk({}, 'stop')}data: [DONE]\n\n`,
}
const failing = (
  status: number,
  error: object = { message: 'no' },
  headers = {},
): ScriptedAnswer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: { error },
})

let first: FakeUpstream
let second: FakeUpstream
let gateway: TestGateway

const place = (upstream: FakeUpstream, more: object = {}): object => ({
  dialect: 'openai-chat',
  base_url: upstream.address,
  api_key: 'key-of-place',
  models: ['m'],
  ...more,
})

beforeAll(async () => {
  first = await startFakeUpstream()
  second = await startFakeUpstream()
  gateway = await startGateway({
    retry: { max: 2, base: '1ms' },
    providers: {
      first: place(first, { timeouts: { first_byte: '150ms', idle: '150ms' } }),
      second: place(second),
      keyed: place(first, { api_key: undefined, api_keys: ['key-a', 'key-b'] }),
      narrow: place(first, { max_concurrency: 1 }),
      picky: place(first, { models: undefined, deny: ['*-preview'] }),
      gone: { dialect: 'openai-chat', base_url: 'http://127.0.0.1:9', api_key: 'x', models: ['m'] },
      unkeyed: {
        dialect: 'openai-chat',
        base_url: second.address,
        api_key: 'env:NO_SUCH_KEY_HERE',
      },
    },
    routes: {
      both: { strategy: 'priority', targets: ['first/m', 'second/m'] },
      lost: { strategy: 'priority', targets: ['gone/m', 'second/m'] },
      full: { strategy: 'priority', targets: ['narrow/m', 'second/m'] },
    },
  })
})
afterEach(() => gateway.expectIdle())
afterAll(async () => {
  await gateway.close()
  await first.close()
  await second.close()
})

const chat = (model: string, stream = false, headers = {}) =>
  ask(
    gateway.address,
    '/v1/chat/completions',
    { model, stream, messages: [{ role: 'user', content: 'well?' }] },
    headers,
  )

describe('one target', () => {
  test('a provider that recovers within the tries is waited for', async () => {
    first.play([failing(500), failing(503), good])
    const answer = await chat('first/m')
    expect([answer.status, answer.headers['x-router-attempts']]).toEqual([200, '3'])
    expect(first.requests).toHaveLength(3)
  })

  test('tries are bounded, and the last error is told', async () => {
    first.play(failing(500))
    const answer = await chat('first/m')
    expect(answer.status).toBe(502)
    expect(JSON.parse(answer.text)).toMatchObject({
      error: { type: 'provider_error', code: 'provider_upstream_error' },
    })
    expect(first.requests).toHaveLength(3)
  })

  test('a request the provider calls wrong is not tried again', async () => {
    first.play(failing(400, { message: 'messages[0] is odd', type: 'invalid_request_error' }))
    const answer = await chat('first/m')
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('messages[0] is odd')
    expect(first.requests).toHaveLength(1)
  })

  test('a rate limit that asks for patience beyond reason is handed on with its advice', async () => {
    first.play(failing(429, { message: 'slow down' }, { 'retry-after': '60' }))
    const answer = await chat('first/m')
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '60'])
    expect(first.requests).toHaveLength(1)
  })

  test("a bad upstream key is never the client's 401", async () => {
    first.play(
      failing(401, { message: 'Incorrect API key provided: sk-abc', code: 'invalid_api_key' }),
    )
    const answer = await chat('first/m')
    expect(answer.status).toBe(502)
    expect(answer.text).not.toContain('sk-abc')
  })

  test('a key the provider repeats in its error is not shown, whatever it looks like', async () => {
    first.play(failing(400, { message: 'the key key-of-place is odd' }))
    const answer = await chat('first/m')
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain('key-of-place')
  })

  test('a missing key fails the calls that need it, naming provider and variable', async () => {
    const answer = await chat('unkeyed/m')
    expect(answer.status).toBe(500)
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'provider_not_configured' } })
    expect(answer.text).toContain('NO_SUCH_KEY_HERE')
    expect(answer.text).toContain('unkeyed')
  })

  test('silence before the first byte and in the middle end in a time-out', async () => {
    first.play({ ...good, fault: { kind: 'stall' } })
    expect((await chat('first/m')).status).toBe(504)
    first.play({ ...goodStream, fault: { kind: 'stall', afterBytes: 200 } })
    const answer = await chat('first/m', true)
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('provider_timeout')
    await expect.poll(() => first.inFlight()).toBe(0)
  })
})

test('a model the operator denies is not served, however it is named', async () => {
  first.play(good)
  const answer = await chat('picky/x-preview')
  expect(answer.status).toBe(404)
  expect(answer.text).toContain('providers.picky denies it')
  expect((await chat('picky/x')).status).toBe(200)
})

describe('several keys', () => {
  test('are used in turn', async () => {
    first.play(good)
    await chat('keyed/m')
    await chat('keyed/m')
    const shown = first.requests.map(({ headers }) => headers.authorization)
    expect(new Set(shown)).toEqual(new Set(['Bearer key-a', 'Bearer key-b']))
  })

  test('one that is refused is set aside, and the call goes on with the other', async () => {
    first.play((request) =>
      request.headers.authorization === 'Bearer key-a' ? failing(401) : good,
    )
    for (let call = 0; call < 4; call += 1) expect((await chat('keyed/m')).status).toBe(200)
    expect(
      first.requests.filter(({ headers }) => headers.authorization === 'Bearer key-a'),
    ).toHaveLength(1)
  })
})

describe('several targets', () => {
  test.each([500, 429, 401, 404])('a %i moves on to the next', async (status) => {
    first.play(failing(status, { message: 'no' }))
    second.play(good)
    const answer = await chat('both')
    expect([
      answer.status,
      answer.headers['x-router-provider'],
      answer.headers['x-router-attempts'],
    ]).toEqual([200, 'second', '2'])
  })

  test('a refused connection moves on, streamed too', async () => {
    second.play(goodStream)
    const answer = await chat('lost', true)
    expect(answer.text).toContain('[DONE]')
    expect(answer.headers['x-router-provider']).toBe('second')
  })

  test('a good status with an error in the body moves on', async () => {
    first.play({ ...good, body: { error: { message: 'overloaded', code: 503 } } })
    second.play(good)
    expect((await chat('both')).headers['x-router-provider']).toBe('second')
  })

  test('a stream that dies before its first content moves on, and nothing of it is shown', async () => {
    first.play({
      ...goodStream,
      body: chunk({ role: 'assistant', content: '' }),
      fault: { kind: 'reset', afterBytes: 150 },
    })
    second.play(goodStream)
    const answer = await chat('both', true)
    expect(answer.headers['x-router-provider']).toBe('second')
    expect(answer.text).toBe(goodStream.body)
  })

  test('a stream that dies after its first content is an error, never a second answer', async () => {
    first.play({
      ...goodStream,
      fault: { kind: 'reset', afterBytes: chunk({ role: 'assistant', content: 'fi' }).length + 10 },
    })
    second.play(goodStream)
    const answer = await chat('both', true)
    expect(answer.text).toContain('"error"')
    expect(answer.text).not.toContain('[DONE]')
    expect(second.requests).toHaveLength(0)
  })

  test('a provider with all its slots taken is passed over', async () => {
    first.play({ ...good, headDelayMs: 100 })
    second.play(good)
    const [slow, other] = await Promise.all([chat('narrow/m'), chat('full')])
    expect(slow.headers['x-router-provider']).toBe('narrow')
    expect(other.headers['x-router-provider']).toBe('second')
  })
})

test('a refused parameter is left out and the call made again, once, with a loss', async () => {
  first.play((request) => {
    const { temperature } = request.json as { temperature?: number }
    return temperature === undefined
      ? good
      : failing(400, {
          message: "Unsupported value: 'temperature' is not supported with this model.",
          type: 'invalid_request_error',
          param: 'temperature',
          code: 'unsupported_value',
        })
  })
  const answer = await ask(gateway.address, '/v1/chat/completions', {
    model: 'first/m',
    temperature: 0.3,
    messages: [{ role: 'user', content: 'x' }],
  })
  expect(answer.status).toBe(200)
  expect(answer.headers['x-router-loss']).toContain('temperature')
  expect(first.requests).toHaveLength(2)
})

test.each([true, false])(
  'a client that hangs up stops its upstream (stream: %s)',
  async (stream) => {
    second.play({
      ...(stream ? goodStream : good),
      pieceDelayMs: 100,
      cuts: { seed: 7, count: 30 },
    })
    const controller = new AbortController()
    const asked = fetch(`${gateway.address}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({
        model: 'second/m',
        stream,
        messages: [{ role: 'user', content: 'x' }],
      }),
      signal: controller.signal,
    })
    asked.catch(() => {})
    await expect.poll(() => second.requests.length).toBe(1)
    if (stream) await asked
    controller.abort()
    await expect.poll(() => second.requests[0]?.isAborted).toBe(true)
    await gateway.expectIdle()
    expect(gateway.outcomes.at(-1)?.['status']).toBe(499)
  },
)

test('killing one of two providers under a hundred streams loses none that had not begun', async () => {
  const dying = await startFakeUpstream({ ...goodStream, headDelayMs: 60_000 })
  const crowd = await startGateway({
    retry: { max: 0 },
    providers: { dying: place(dying), second: place(second) },
    routes: { pair: { strategy: 'priority', targets: ['dying/m', 'second/m'] } },
  })
  second.play(goodStream)
  const calls = Array.from({ length: 100 }, () =>
    ask(crowd.address, '/v1/chat/completions', {
      model: 'pair',
      stream: true,
      messages: [{ role: 'user', content: 'x' }],
    }),
  )
  await expect.poll(() => dying.requests.length, { timeout: 10_000 }).toBeGreaterThan(90)
  await dying.close()
  const answers = await Promise.all(calls)
  expect(answers.filter(({ text }) => text === goodStream.body)).toHaveLength(100)
  await crowd.expectIdle()
  await crowd.close()
})
