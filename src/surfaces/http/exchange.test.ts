// One suite for every way into the gateway: a real socket and a web Request must get the same answers.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGateway, type Library } from '../../index.ts'
import type { Listening } from './node.ts'

type Ask = (path: string, init?: RequestInit) => Promise<Response>

const open = createGateway({ discover: { enabled: false } })
const keyed = createGateway({
  discover: { enabled: false },
  server: { api_keys: ['secret-key'], max_body: '4KiB', strict: true },
})
const listenings: Listening[] = []
const addresses = new Map<Library, string>()

beforeAll(async () => {
  for (const library of [open, keyed]) {
    const listening = await library.listen({ port: 0 })
    listenings.push(listening)
    addresses.set(library, `http://127.0.0.1:${listening.port}`)
  }
})
afterAll(async () => {
  await Promise.all(listenings.map((listening) => listening.close()))
  await Promise.all([open.close(), keyed.close()])
})

const ways: readonly (readonly [string, (library: Library) => Ask])[] = [
  ['over a socket', (library) => (path, init) => fetch(`${addresses.get(library)}${path}`, init)],
  [
    'as a function',
    (library) => (path, init) => library.fetch(new Request(`http://127.0.0.1${path}`, init)),
  ],
]

const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const hello = { model: 'sim/echo', max_tokens: 64, messages: [{ role: 'user', content: 'hello' }] }
const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { error: { code?: string; type: string } }).error.code ?? 'none'

describe.each(ways)('%s', (_name, askOf) => {
  const ask = askOf(open)
  const askKeyed = askOf(keyed)

  test('a chat answers whole, and says what became of it', async () => {
    const response = await ask('/v1/chat/completions', post(hello))
    expect(response.status).toBe(200)
    expect(response.headers.get('x-router-provider')).toBe('sim')
    expect(response.headers.get('x-router-attempts')).toBe('1')
    expect(response.headers.get('x-router-request-id')).toMatch(/^call_/)
    expect(Number(response.headers.get('x-router-output-tokens'))).toBeGreaterThan(0)
    expect(await response.json()).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { content: 'hello' } }],
    })
  })

  test.each(['/v1/chat/completions', '/chat/completions', '/chat'])('%s streams', async (path) => {
    const response = await ask(path, post({ ...hello, stream: true }))
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(await response.text()).toMatch(/data: \[DONE\]\n\n$/)
  })

  test('the other dialect streams too', async () => {
    const response = await ask('/v1/messages', post({ ...hello, stream: true }))
    expect(await response.text()).toMatch(/event: message_stop\ndata: .*\n\n$/)
  })

  test('an unknown path is a 404 before it is anything else', async () => {
    const response = await askKeyed('/v1/nothing')
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({
      error: {
        message: 'Route not found',
        type: 'invalid_request_error',
        param: null,
        code: 'not_found',
      },
    })
  })

  test('a wrong method says which is right', async () => {
    const response = await ask('/v1/messages')
    expect(response.status).toBe(405)
    expect(await response.text()).toContain('POST')
  })

  const bad: readonly (readonly [string, string, string])[] = [
    ['text that is no JSON', '{"model":', 'invalid_json'],
    ['an array', '[1]', 'invalid_json'],
    ['null', 'null', 'invalid_json'],
    ['nothing', '', 'missing_body'],
    [
      'a repeated key',
      '{"model":"sim/echo","model":"sim/echo","messages":[{"role":"user","content":"x"}]}',
      'repeated_key',
    ],
    ['no messages', '{"model":"sim/echo"}', 'missing_input'],
    ['empty messages', '{"model":"sim/echo","messages":[]}', 'invalid_messages'],
    [
      'both messages and prompt',
      '{"model":"sim/echo","prompt":"x","messages":[{"role":"user","content":"x"}]}',
      'ambiguous_input',
    ],
    [
      'an unknown provider',
      '{"provider":"nobody","messages":[{"role":"user","content":"x"}]}',
      'invalid_provider',
    ],
  ]
  test.each(bad)('a body with %s is a clear 400', async (_what, body, code) => {
    const response = await ask('/v1/chat/completions', post(body))
    expect(response.status).toBe(400)
    expect(await codeOf(response)).toBe(code)
  })

  test('an unknown model is a 404 that names near ones, in the dialect of the door', async () => {
    const chat = await ask('/v1/chat/completions', post({ ...hello, model: 'smi' }))
    expect(chat.status).toBe(404)
    expect(await chat.json()).toMatchObject({
      error: { code: 'model_not_found', message: expect.stringContaining('sim') },
    })
    const messages = await ask('/v1/messages', post({ ...hello, model: 'smi' }))
    expect(await messages.json()).toMatchObject({
      type: 'error',
      error: { type: 'not_found_error' },
    })
  })

  test('models are listed in the shape the client shows it expects', async () => {
    const openAi = (await (await ask('/v1/models')).json()) as {
      object: string
      data: { id: string }[]
    }
    expect(openAi.object).toBe('list')
    expect(openAi.data.map(({ id }) => id)).toContain('sim/echo')
    const other = await ask('/v1/models?limit=1000', {
      headers: { 'anthropic-version': '2023-06-01' },
    })
    expect(await other.json()).toMatchObject({
      has_more: false,
      data: expect.arrayContaining([expect.objectContaining({ type: 'model', id: 'auto' })]),
    })
    expect(await (await ask('/v1/models/sim/echo')).json()).toMatchObject({
      id: 'sim/echo',
      object: 'model',
    })
    expect((await ask('/v1/models/none-such')).status).toBe(404)
  })

  test('token counting answers with a labelled estimate', async () => {
    const response = await ask('/v1/messages/count_tokens', post(hello))
    expect(response.status).toBe(200)
    expect(response.headers.get('x-router-loss')).toBe('estimated:input_tokens')
    const { input_tokens: tokens } = (await response.json()) as { input_tokens: number }
    expect(tokens).toBeGreaterThan(1)
  })

  test('operations answer anyone, in JSON or plain text', async () => {
    expect(await (await askKeyed('/health')).json()).toMatchObject({
      status: 'ok',
      service: 'dragoman',
      provider_status: { sim: { healthy: true } },
    })
    expect(await (await askKeyed('/health', { headers: { accept: 'text/plain' } })).text()).toBe(
      'ok',
    )
    expect((await askKeyed('/livez')).status).toBe(200)
    expect((await askKeyed('/readyz')).status).toBe(200)
    expect((await askKeyed('/api/hello', { method: 'HEAD' })).status).toBe(200)
  })

  test.each([
    ['authorization', 'Bearer secret-key'],
    ['authorization', 'secret-key'],
    ['x-api-key', 'secret-key'],
    ['api-key', 'secret-key'],
    ['x-goog-api-key', 'secret-key'],
  ])('a key is taken from %s: %s', async (header, value) => {
    expect((await askKeyed('/v1/chat/completions', post(hello, { [header]: value }))).status).toBe(
      200,
    )
    const refused = await askKeyed('/v1/chat/completions', post(hello, { [header]: `${value}x` }))
    expect(refused.status).toBe(401)
    expect(await refused.json()).toEqual({
      error: { message: 'Unauthorized', type: 'auth_error', param: null, code: 'unauthorized' },
    })
  })

  test('without a key no web page of another origin and no foreign host name gets in', async () => {
    const page = await ask(
      '/v1/chat/completions',
      post(hello, { origin: 'https://elsewhere.example' }),
    )
    expect(page.status).toBe(403)
    const proxied = await ask(
      '/v1/chat/completions',
      post(hello, { 'x-forwarded-for': '10.0.0.9' }),
    )
    expect(proxied.status).toBe(403)
    expect(page.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('a body beyond the limit is a 413 that says the limit', async () => {
    const large = { ...hello, messages: [{ role: 'user', content: 'x'.repeat(5000) }] }
    const response = await askKeyed(
      '/v1/chat/completions',
      post(large, { 'x-api-key': 'secret-key' }),
    )
    expect(response.status).toBe(413)
    expect(await response.text()).toContain('4096')
  })

  test('a simulated failure keeps its status and advice', async () => {
    const response = await ask(
      '/v1/chat/completions',
      post({ ...hello, model: 'sim/error?status=429&retry_after=20' }),
    )
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('20')
    expect(await codeOf(response)).toBe('rate_limit_exceeded')
  })
})
