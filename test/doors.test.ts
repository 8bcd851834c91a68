// The door as strangers use it: bytes no HTTP library would send, bodies that are late, short, packed
// or odd, connections that end at the wrong moment. Nothing of it may hurt the process or the next.

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type FakeUpstream, startFakeUpstream } from '../src/testing/index.ts'
import { connectRaw, type RawClient, rawPost } from './support/raw-client.ts'
import { startGateway, type TestGateway } from './support/start-gateway.ts'
import { waitUntil } from './support/wait-until.ts'

const chat = '/v1/chat/completions'
const body = (model: string, more: object = {}): string =>
  JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }], ...more })
const hello = body('sim/echo')
const helloStream = body('sim/echo', { stream: true })

let gateway: TestGateway
let upstream: FakeUpstream
const rejections: unknown[] = []
const onRejection = (reason: unknown): void => void rejections.push(reason)
const clients: RawClient[] = []

beforeAll(async () => {
  process.on('unhandledRejection', onRejection)
  upstream = await startFakeUpstream()
  gateway = await startGateway({
    server: { max_body: '1MiB', request_timeout: '200ms' },
    retry: { max: 0 },
    providers: {
      lab: {
        dialect: 'openai-chat',
        base_url: upstream.address,
        api_key: 'k',
        aliases: { short: 'long' },
      },
    },
  })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.destroy()
  await gateway.expectIdle()
  expect(rejections).toEqual([])
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
  process.off('unhandledRejection', onRejection)
})

async function dial(...bytes: readonly (string | Uint8Array)[]): Promise<RawClient> {
  const client = await connectRaw(gateway.address)
  clients.push(client)
  for (const piece of bytes) client.send(piece)
  return client
}

const packed = (encoding: string, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([
    Buffer.from(
      rawPost(chat, '', [`content-encoding: ${encoding}`, `content-length: ${bytes.length}`]),
    ),
    bytes,
  ])

describe('what is not quite HTTP', () => {
  const cases: readonly (readonly [string, string, number, string])[] = [
    ['no HTTP at all', 'good day\r\n\r\n', 400, 'invalid_http_request'],
    [
      'a length that is no number',
      rawPost(chat, hello, ['content-length: abc']),
      400,
      'invalid_content_length',
    ],
    [
      'a negative length',
      rawPost(chat, hello, ['content-length: -5']),
      400,
      'invalid_content_length',
    ],
    [
      'a length beyond all numbers',
      rawPost(chat, hello, [`content-length: ${'9'.repeat(30)}`]),
      400,
      'invalid_content_length',
    ],
    [
      'two lengths',
      rawPost(chat, hello, ['content-length: 5', 'content-length: 6']),
      400,
      'invalid_http_request',
    ],
    [
      'a length and chunks',
      rawPost(chat, hello, ['content-length: 5', 'transfer-encoding: chunked']),
      400,
      'invalid_http_request',
    ],
    [
      'an unknown transfer encoding',
      rawPost(chat, hello, ['transfer-encoding: xchunked']),
      400,
      'invalid_http_request',
    ],
    [
      'a chunk without a size',
      rawPost(chat, 'zz\r\nx', ['transfer-encoding: chunked']),
      400,
      'invalid_http_request',
    ],
    [
      'headers without end',
      `GET /health HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(70_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
  ]
  test.each(cases)('%s is refused in words', async (_name, bytes, status, code) => {
    const client = await dial(bytes)
    const answer = await client.until('}}')
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toContain(`"code":"${code}"`)
    await client.closed
  })

  test('a body that ends too soon is incomplete, not invalid', async () => {
    const client = await dial(rawPost(chat, hello, ['content-length: 5000']))
    client.socket.end()
    expect(await client.until('}}')).toContain('"code":"incomplete_body"')
  })

  test('a body that does not come is a 408, and the connection ends', async () => {
    const client = await dial(rawPost(chat, hello, ['content-length: 5000']))
    expect(await client.until('}}')).toMatch(/^HTTP\/1.1 408 [\s\S]*"code":"request_timeout"/)
    await client.closed
  })

  test('a body in chunks, one byte each, is a body', async () => {
    const chunks = [...hello].map((letter) => `1\r\n${letter}\r\n`).join('')
    const client = await dial(rawPost(chat, `${chunks}0\r\n\r\n`, ['transfer-encoding: chunked']))
    expect(await client.until('}}')).toMatch(/^HTTP\/1.1 200 /)
  })

  test('a client that asks whether to go on is told so', async () => {
    const head = rawPost(chat, '', ['expect: 100-continue', `content-length: ${hello.length}`])
    const client = await dial(head)
    await client.until('100 Continue\r\n\r\n')
    client.send(hello)
    await client.until('HTTP/1.1 200 OK')
  })

  test('garbage in the middle of an answer breaks the connection, and puts nothing into the answer', async () => {
    const model = 'sim/lorem?tokens=2000&delay=5ms'
    const client = await dial(rawPost(chat, body(model, { stream: true })))
    await client.until('"delta"')
    client.send('\x00\x01 nonsense\r\n\r\n')
    await client.closed
    expect(client.text()).not.toContain('HTTP/1.1 400')
  })
})

describe('older and other clients', () => {
  test('HTTP/1.0 gets a stream too, without chunks or trailers', async () => {
    const client = await dial(rawPost(chat, helloStream).replace('HTTP/1.1', 'HTTP/1.0'))
    await client.closed
    expect(client.text()).toMatch(/^HTTP\/1.1 200 /)
    expect(client.text()).toMatch(/data: \[DONE\]\n\n$/)
    expect(client.text().toLowerCase()).not.toContain('\r\ntrailer:')
  })

  test('HTTP/1.1 gets what the stream taught as trailers, announced before', async () => {
    const client = await dial(rawPost(chat, helloStream))
    const answer = await client.until(/\r\n0\r\n[\s\S]*\r\n\r\n$/)
    expect(answer).toMatch(/\r\ntrailer: x-router-input-tokens, x-router-output-tokens/i)
    expect(answer).toMatch(/\r\n0\r\nx-router-input-tokens: \d+\r\nx-router-output-tokens: \d+\r\n/)
  })

  test('what can be fetched can be asked for without its body', async () => {
    const client = await dial('HEAD /v1/models HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
    const answer = await client.until('\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 200 [\s\S]*content-length: [1-9]/i)
    expect(answer).not.toContain('{')
  })

  test('no web page is ever let in by a preflight', async () => {
    const client = await dial(
      `OPTIONS ${chat} HTTP/1.1\r\nhost: 127.0.0.1\r\norigin: https://x.example\r\naccess-control-request-method: POST\r\n\r\n`,
    )
    const answer = await client.until('}}')
    expect(answer).toMatch(/^HTTP\/1.1 405 /)
    expect(answer.toLowerCase()).not.toContain('access-control')
  })

  test('a query changes no path, and an escaped slash is none', async () => {
    const client = await dial(
      rawPost(`${chat}?api-version=1&x=%zz`, hello),
      'GET /v1%2fmodels HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n',
    )
    await client.until(/HTTP\/1.1 200 [\s\S]*HTTP\/1.1 404 /)
  })

  test('requests sent all at once are answered in their order', async () => {
    const count = 12
    const slow = body('sim/echo?wait=50ms')
    const client = await dial(
      rawPost(chat, slow) + rawPost(chat, helloStream).repeat(count) + rawPost(chat, hello),
    )
    await waitUntil(() => client.text().split('HTTP/1.1 200 OK').length - 1, count + 2)
    const answer = client.text()
    expect(answer.indexOf('application/json')).toBeLessThan(answer.indexOf('text/event-stream'))
  })

  test('who hangs up with requests still waiting for their turn leaves nothing behind', async () => {
    upstream.play({ fault: { kind: 'stall' } })
    const client = await dial(rawPost(chat, body('lab/m', { stream: true })).repeat(3))
    await waitUntil(() => gateway.gateway.inFlight().exchanges, 3)
    client.socket.destroy()
    await gateway.expectIdle()
    await waitUntil(() => upstream.inFlight(), 0)
  })

  test('a connection serves on after refusals', async () => {
    const client = await dial(rawPost(chat, '{'), rawPost('/nowhere', ''), rawPost(chat, hello))
    await client.until(/HTTP\/1.1 400 [\s\S]*HTTP\/1.1 404 [\s\S]*HTTP\/1.1 200 /)
  })
})

describe('packed bodies', () => {
  test.each([
    ['gzip', gzipSync(hello)],
    ['GZIP', gzipSync(hello)],
    ['x-gzip', gzipSync(hello)],
    ['deflate', deflateSync(hello)],
    ['br', brotliCompressSync(hello)],
    ['identity', Buffer.from(hello)],
  ])('%s is unpacked', async (encoding, bytes) => {
    const client = await dial(packed(encoding, bytes))
    expect(await client.until(/}}|}$/)).toMatch(/^HTTP\/1.1 200 /)
  })

  test.each(['zstd', 'constructor', '__proto__', 'gzip, br'])('%s is a 415', async (encoding) => {
    const client = await dial(packed(encoding, Buffer.from(hello)))
    expect(await client.until('}}')).toMatch(/^HTTP\/1.1 415 /)
  })

  test('what is not what it says, or ends too soon, is a 400', async () => {
    for (const bytes of [Buffer.from(hello), gzipSync(hello).subarray(0, -9)]) {
      const client = await dial(packed('gzip', bytes))
      expect(await client.until('}}')).toMatch(/^HTTP\/1.1 400 [\s\S]*incomplete_body/)
    }
  })

  test('a little that unpacks to very much is a 413', async () => {
    const client = await dial(packed('gzip', gzipSync(Buffer.alloc(64 * 1024 * 1024))))
    expect(await client.until('}}')).toMatch(/^HTTP\/1.1 413 /)
  })
})

test('a client that is still sending reads its refusal all the same', async () => {
  const much = new Uint8Array(24 * 1024 * 1024)
  for (const path of [chat, '/nowhere']) {
    const answers = await Promise.all(
      [1, 2, 3].map(() => fetch(gateway.address + path, { method: 'POST', body: much })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(3).fill(path === chat ? 413 : 404))
    for (const answer of answers) await answer.text()
  }
})

describe('odd bodies', () => {
  const large = 'x'.repeat(300 * 1024)
  const ask = async (bytes: string | Uint8Array) => {
    const answer = await fetch(gateway.address + chat, { method: 'POST', body: Buffer.from(bytes) })
    const text = await answer.text()
    return { status: answer.status, text, headers: answer.headers }
  }

  test.each(['', large])('a byte order mark does no harm (%#)', async (user) => {
    upstream.play({ body: {} })
    const marked = `\ufeff${body('lab/m', { user })}`
    await ask(marked)
    expect(upstream.requests).toHaveLength(1)
    expect(Buffer.from(upstream.requests[0]?.bytes ?? []).toString()).toBe(body('m', { user }))
  })

  test.each(['', large])('bytes that are no UTF-8 are refused, not mended (%#)', async (user) => {
    const bytes = Buffer.from(body('sim/echo', { user }).replace('hi', '\xff\xfe'), 'latin1')
    expect(await ask(bytes)).toMatchObject({
      status: 400,
      text: expect.stringContaining('invalid_json'),
    })
  })

  test.each(['', large])('a repeated key is refused however it is written (%#)', async (user) => {
    const twice = body('sim/echo', { user }).replace('{', '{"mo\\u0064el":"a",')
    expect(await ask(twice)).toMatchObject({
      status: 400,
      text: expect.stringContaining('repeated_key'),
    })
  })

  test.each(['', large])(
    'a key that names the prototype is a key like others (%#)',
    async (user) => {
      const odd = body('sim/echo', { user }).replace('{', '{"__proto__":{"model":"x"},')
      expect((await ask(odd)).status).toBe(200)
      expect(({} as { model?: string }).model).toBeUndefined()
    },
  )

  test.each(['', large])('nesting without end is a 400 (%#)', async (user) => {
    const nest = (open: string, close: string): string => open.repeat(50_000) + close.repeat(50_000)
    const tools = `[{"type":"function","function":{"name":"f","parameters":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}}]`
    for (const value of [nest('[', ']'), nest('[{"a":', '}]'), tools]) {
      const deep = body('sim/echo', { user }).replace('{', `{"tools":${value},`)
      expect((await ask(deep)).status).toBe(400)
    }
  })

  test('a large body with something broken inside is a 400 where it is read', async () => {
    for (const value of ['[{"role":}]', '"\\x"', '[1', 'tru', '01']) {
      const broken = `{"model":"sim/echo","user":"${large}","messages":${value}}`
      expect((await ask(broken)).status).toBe(400)
    }
  })

  test('a large body forwarded unread and refused by its provider settles all the same', async () => {
    upstream.play({ status: 400, body: { error: { message: 'no messages' } } })
    const before = gateway.outcomes.length
    const broken = `{"model":"lab/m","user":"${large}","messages":[{"role":}]}`
    expect((await ask(broken)).status).toBe(400)
    expect(await gateway.lastOutcome(before + 1)).toMatchObject({ status: 400 })
  })

  test.each([
    'constructor',
    '__proto__',
    'toString',
    'lab/мир 🙂',
    'lab/a\\r\\nx-evil: 1',
    'lab/\\ud800',
    `lab/${'long'.repeat(10_000)}`,
    'a b/c d',
    '/',
    '//',
    'lab/',
  ])('the model name %j hurts nobody', async (model) => {
    upstream.play({
      body: {
        id: 'c',
        object: 'chat.completion',
        created: 1,
        model: 'm',
        choices: [
          { index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' },
        ],
      },
    })
    for (const stream of [false, true]) {
      const asked = hello.replace('sim/echo', model).replace('{', `{"stream":${stream},`)
      const answer = await ask(asked)
      expect([200, 404]).toContain(answer.status)
      expect(answer.status === 200).toBe(/^lab\/./.test(model))
      expect(answer.headers.get('x-evil')).toBeNull()
      expect((answer.headers.get('x-router-model') ?? '').length).toBeLessThan(2000)
    }
  })

  test('a provider’s headers cannot break ours', async () => {
    upstream.play({
      status: 200,
      headers: { 'content-type': 'application/json', 'x-request-id': 'caf\u00e9' },
      body: {
        id: 'c',
        object: 'chat.completion',
        created: 1,
        model: 'm',
        choices: [
          { index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' },
        ],
      },
    })
    const answer = await ask(body('lab/m'))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-request-id')).toMatch(/^caf/)
  })
})
