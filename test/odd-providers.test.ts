// Providers that answer in ways no server library would: the client gets an answer or an error in good
// time, another target its chance, and nothing stays behind.

import type { Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type FakeUpstream, startFakeUpstream } from '../src/testing/index.ts'
import { ask, chatPaths, plainRequest } from './support/ask.ts'
import type { ClientDialect } from './support/oracle.ts'
import { type RawUpstream, startRawUpstream } from './support/raw-upstream.ts'
import { startGateway, type TestGateway } from './support/start-gateway.ts'
import { waitUntil } from './support/wait-until.ts'

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const words = chunk({ role: 'assistant', content: 'fi' }) + chunk({ content: 'ne' })
const lastWord = chunk({}, 'stop')
const stream = `${words}${lastWord}data: [DONE]\n\n`
const whole = JSON.stringify({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'fine' }, finish_reason: 'stop' }],
})

let odd: RawUpstream
let sound: FakeUpstream
let gateway: TestGateway
const rejections: unknown[] = []
const onRejection = (reason: unknown): void => void rejections.push(reason)

beforeAll(async () => {
  process.on('unhandledRejection', onRejection)
  odd = await startRawUpstream()
  sound = await startFakeUpstream()
  const place = (address: string) => ({
    dialect: 'openai-chat',
    base_url: address,
    api_key: 'k',
  })
  gateway = await startGateway({
    retry: { max: 0 },
    providers: {
      odd: { ...place(odd.address), timeouts: { idle: '250ms', first_byte: '2s' } },
      sound: place(sound.address),
    },
    routes: {
      pair: { strategy: 'priority', targets: ['odd/m', 'sound/m'] },
      twins: { strategy: 'priority', targets: ['sound/a', 'sound/b'] },
    },
  })
})
afterEach(async () => {
  await gateway.expectIdle()
  expect(rejections).toEqual([])
})
afterAll(async () => {
  await gateway.close()
  await odd.close()
  await sound.close()
  process.off('unhandledRejection', onRejection)
})

const head = (status: string, ...lines: readonly string[]): string =>
  `HTTP/1.1 ${status}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`
const eventStream = head('200 OK', 'content-type: text/event-stream', 'connection: close')

const pairs = (['openai-chat', 'anthropic'] as const satisfies readonly ClientDialect[]).flatMap(
  (client) => [true, false].map((isStream) => ({ client, isStream })),
)
type Pair = (typeof pairs)[number]
const exchange = ({ client, isStream }: Pair, model = 'odd/m') =>
  ask(gateway.address, chatPaths[client], plainRequest(client, model, isStream))

/** The text of a good answer; the error's words otherwise. */
const told = (answer: { readonly text: string; readonly status: number }): string =>
  answer.text.includes('"error"') ? 'error' : answer.text.includes('fi') ? 'answer' : answer.text

describe.each(pairs)('$client (stream: $isStream)', (pair) => {
  const failures: readonly (readonly [string, (socket: Socket) => void, number])[] = [
    ['no HTTP', (socket) => socket.end('good day\r\n\r\n'), 502],
    ['nothing at all', (socket) => socket.end(), 502],
    ['a 204', (socket) => socket.end(head('204 No Content', 'connection: close')), 502],
    ['a 304', (socket) => socket.end(head('304 Not Modified', 'connection: close')), 502],
    [
      'a redirect elsewhere',
      (socket) =>
        socket.end(head('302 Found', 'location: http://127.0.0.1:1/', 'content-length: 0')),
      502,
    ],
    [
      'a page of HTML',
      (socket) =>
        socket.end(
          `${head('200 OK', 'content-type: text/html', 'connection: close')}<html>fine</html>`,
        ),
      502,
    ],
    [
      'headers without end',
      (socket) => socket.end(head('200 OK', `x: ${'a'.repeat(100_000)}`)),
      502,
    ],
    [
      'an encoding nobody knows',
      (socket) =>
        socket.end(
          `${head('200 OK', 'content-type: application/json', 'content-encoding: constructor', 'connection: close')}${whole}`,
        ),
      502,
    ],
    [
      'a body that is not packed as it says',
      (socket) =>
        socket.end(
          `${head('200 OK', 'content-type: application/json', 'content-encoding: gzip', 'connection: close')}${whole}`,
        ),
      502,
    ],
    [
      'an error packed in a way nobody knows',
      (socket) =>
        socket.end(
          `${head('429 Too Many', 'content-encoding: zstd', 'content-length: 3', 'connection: close')}\x01\x02\x03`,
        ),
      429,
    ],
    [
      'a chunk of a wrong size',
      (socket) =>
        socket.end(
          `${head('200 OK', 'content-type: application/json', 'transfer-encoding: chunked')}zz\r\n`,
        ),
      502,
    ],
    [
      'less than its length',
      (socket) =>
        socket.end(
          `${head('200 OK', 'content-type: application/json', 'content-length: 9999')}${whole}`,
        ),
      502,
    ],
  ]
  test.each(failures)(
    '%s is an error, and another target is asked',
    async (_name, play, status) => {
      odd.play(play)
      const answer = await exchange(pair)
      expect([answer.status, told(answer)]).toEqual([status, 'error'])
      odd.play(play)
      sound.play(pair.isStream ? { body: stream } : { body: whole })
      expect(told(await exchange(pair, 'pair'))).toBe('answer')
    },
  )

  test('information before the answer is passed over', async () => {
    const answer = pair.isStream
      ? `${eventStream}${stream}`
      : `${head('200 OK', 'content-type: application/json', 'connection: close')}${whole}`
    odd.play((socket) => socket.end(head('103 Early Hints', 'link: </x>') + answer))
    expect(told(await exchange(pair))).toBe('answer')
  })

  test('an error without end is read as far as it matters', async () => {
    odd.play((socket) => {
      socket.write(head('429 Too Many', 'content-type: text/plain', 'connection: close'))
      const more = (): void => {
        while (!socket.destroyed && socket.write('x'.repeat(65_536)));
        socket.once('drain', more)
      }
      more()
    })
    expect((await exchange(pair)).status).toBe(429)
    await waitUntil(() => odd.busy(), 0)
  })

  test.each([
    ['gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('what comes packed as %s is unpacked', async (encoding, pack) => {
    odd.play((socket) => {
      const type = pair.isStream ? 'text/event-stream' : 'application/json'
      socket.write(
        head(
          '200 OK',
          `content-type: ${type}`,
          `content-encoding: ${encoding}`,
          'connection: close',
        ),
      )
      socket.end(pack(pair.isStream ? stream : whole))
    })
    const answer = await exchange(pair)
    expect(told(answer)).toBe('answer')
    expect(answer.headers['content-encoding']).toBeUndefined()
  })
})

describe.each(pairs.filter(({ isStream }) => isStream))('$client, streamed', (pair) => {
  test('a provider that never closes after its last word keeps nobody waiting', async () => {
    odd.play((socket) => socket.write(eventStream + stream))
    expect(told(await exchange(pair))).toBe('answer')
    await waitUntil(() => odd.busy(), 0)
  })

  test('an answer that is whole is an answer, though its end is neither marked nor closed', async () => {
    odd.play((socket) => socket.write(eventStream + words + lastWord))
    expect(told(await exchange(pair))).toBe('answer')
    odd.play((socket) => socket.write(eventStream + words))
    expect(told(await exchange(pair))).toBe('error')
    expect(gateway.outcomes.at(-1)?.['code']).toBe('provider_timeout')
  })

  test('a connection that breaks after the last word breaks nothing', async () => {
    odd.play((socket) => {
      socket.write(eventStream + stream, () => socket.resetAndDestroy())
    })
    expect(told(await exchange(pair))).toBe('answer')
  })

  test('words after the end change nothing', async () => {
    odd.play((socket) => socket.end(`${eventStream}${stream}${chunk({ content: 'more' })}`))
    const answer = await exchange(pair)
    expect(told(answer)).toBe('answer')
  })

  test('a frame without end is an error long before memory is', async () => {
    let written = 0
    odd.play((socket) => {
      socket.write(`${eventStream}${words}data: {"x":"`)
      const more = (): void => {
        while (!socket.destroyed && socket.write('y'.repeat(65_536))) written += 65_536
        socket.once('drain', more)
      }
      more()
    })
    expect(told(await exchange(pair))).toBe('error')
    expect(written).toBeLessThan(64 * 1024 * 1024)
  })

  test('a frame of megabytes in small pieces comes through', async () => {
    const long = 'z'.repeat(4 * 1024 * 1024)
    odd.play((socket) => {
      socket.write(eventStream + words)
      const bytes = chunk({ content: long }) + lastWord
      for (let at = 0; at < bytes.length; at += 8192) socket.write(bytes.slice(at, at + 8192))
      socket.end('data: [DONE]\n\n')
    })
    const answer = await exchange(pair)
    expect(told(answer)).toBe('answer')
    expect(answer.text).toContain(long)
  })
})

test('one key serves two models of a place: what limits one does not unlock the other', async () => {
  sound.play((request) =>
    (request.json as { model: string }).model === 'a'
      ? { status: 429, body: { error: { message: 'slow down' } } }
      : { body: whole },
  )
  const answer = await exchange({ client: 'openai-chat', isStream: false }, 'twins')
  expect(answer.status).toBe(200)
  expect(sound.requests.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer k',
    'Bearer k',
  ])
})

test('an error says who was asked, and how often', async () => {
  sound.play({ status: 500, body: { error: { message: 'no' } } })
  const { headers } = await exchange({ client: 'openai-chat', isStream: false }, 'twins')
  expect(headers).toMatchObject({
    'x-router-provider': 'sound',
    'x-router-model': 'b',
    'x-router-attempts': '2',
  })
})

test('gateways that point at each other in a circle notice', async () => {
  const other = await startGateway({
    retry: { max: 0 },
    providers: {
      back: { dialect: 'openai-chat', base_url: gateway.address, api_key: 'k', models: ['ring/m'] },
    },
  })
  const ring = await startGateway({
    retry: { max: 0 },
    providers: {
      there: { dialect: 'openai-chat', base_url: other.address, api_key: 'k' },
    },
  })
  const third = await startGateway({
    retry: { max: 0 },
    providers: { ring: { dialect: 'openai-chat', base_url: ring.address, api_key: 'k' } },
  })
  other.gateway.swap({
    ...other.gateway.parts(),
    upstreams: new Map(
      [...other.gateway.parts().upstreams].map(([id, one]) => [
        id,
        { ...one, faces: one.faces.map((face) => ({ ...face, origin: third.address })) },
      ]),
    ),
  })
  const answer = await ask(other.address, '/v1/chat/completions', {
    model: 'back/ring/there/back/x',
    messages: [{ role: 'user', content: 'x' }],
  })
  expect(answer.status).toBe(400)
  expect(answer.text).toContain('call itself')
  for (const one of [other, ring, third]) {
    await one.expectIdle()
    expect(one.outcomes.length).toBeLessThan(3)
    await one.close()
  }
})
