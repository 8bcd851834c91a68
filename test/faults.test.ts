// Everything a network or a vendor can do wrong, at every point: the client gets an error in its own
// dialect, or another target's answer, and never a good end to half an answer.

import { request as httpRequest, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type FakeUpstream,
  type Fixture,
  findClosedAddress,
  readSseEvents,
  type ScriptedAnswer,
  startFakeUpstream,
} from '../src/testing/index.ts'
import { ask, chatPaths, checkFrames, type GatewayAnswer, plainRequest } from './support/ask.ts'
import { fixture } from './support/fixtures.ts'
import { type ClientDialect, compareAnswers, expectationOf, readAnswer } from './support/oracle.ts'
import { startGateway, type TestGateway } from './support/start-gateway.ts'
import { toScript } from './support/world.ts'

const dialects: readonly ClientDialect[] = ['openai-chat', 'anthropic']
// Only places that are meant to stall are hurried: a busy machine must not look like a silent one.
const hasty = { timeouts: { first_byte: '150ms', idle: '150ms' } }
let faulty: FakeUpstream
let sound: FakeUpstream
let gateway: TestGateway

beforeAll(async () => {
  faulty = await startFakeUpstream()
  sound = await startFakeUpstream()
  const closed = await findClosedAddress()
  const place = (dialect: string, address: string) => ({
    dialect,
    base_url: `${address}/v1`,
    api_key: 'lab-key',
  })
  gateway = await startGateway({
    providers: Object.fromEntries(
      dialects.flatMap((dialect) => [
        [`faulty-${dialect}`, place(dialect, faulty.address)],
        [`hasty-${dialect}`, { ...place(dialect, faulty.address), ...hasty }],
        [`closed-${dialect}`, place(dialect, closed)],
        [`sound-${dialect}`, place(dialect, sound.address)],
      ]),
    ),
    routes: Object.fromEntries(
      dialects.flatMap((dialect) => [
        [`pair-${dialect}`, { targets: [`faulty-${dialect}/m`, `sound-${dialect}/m`] }],
        [`slow-${dialect}`, { targets: [`hasty-${dialect}/m`, `sound-${dialect}/m`] }],
        [`gone-${dialect}`, { targets: [`closed-${dialect}/m`, `sound-${dialect}/m`] }],
      ]),
    ),
    retry: { max: 0 },
  })
})
afterAll(async () => {
  await gateway.expectIdle()
  await gateway.close()
  await faulty.close()
  await sound.close()
})

const pairs = dialects.flatMap((client) =>
  dialects.flatMap((provider) => [true, false].map((isStream) => ({ client, provider, isStream }))),
)
type Pair = (typeof pairs)[number]

const exchange = async ({ client, isStream }: Pair, model: string): Promise<GatewayAnswer> =>
  ask(gateway.address, chatPaths[client], plainRequest(client, model, isStream))

/** The whole answer, or an error in the client's dialect; nothing in between. */
async function expectWholeOrError(pair: Pair, answer: GatewayAnswer, found: Fixture) {
  const { client, provider, isStream } = pair
  // Where bytes are passed through, only their end is ours: the error that tells what happened.
  if (client !== provider || !answer.isStream)
    expect(checkFrames(client, answer), answer.text).toEqual([])
  const read = await readAnswer(client, answer)
  if (read.failure) {
    expect(read.failure.type).toBeTypeOf('string')
    expect(read.failure.message).not.toBe('')
    const said = answer.isStream ? (readSseEvents(answer.text).at(-1)?.data ?? '') : answer.text
    expect(JSON.parse(said)).toHaveProperty('error')
    return 'failed'
  }
  const journey = {
    from: provider,
    to: client,
    isClientStream: isStream,
    isPassThrough: client === provider,
  }
  const { usage: _wanted, ...expected } = await expectationOf(found)
  const { usage: _told, ...actual } = read
  expect(compareAnswers(expected, actual, journey)).toEqual([])
  return 'whole'
}

/** Cut points: every end of a frame, and a byte to either side of it. */
function pointsOf(body: Uint8Array): readonly number[] {
  const text = Buffer.from(body)
  const points = new Set([0, 1, Math.floor(body.length / 3)])
  for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n', at + 2)) {
    points.add(at - 1)
    points.add(at + 2)
  }
  return [...points].filter((point) => point < body.length)
}

describe.each(pairs)('$client (stream: $isStream) from a provider of $provider', (pair) => {
  const { provider, isStream } = pair
  const suffix = isStream ? '-stream' : ''
  const model = `faulty-${provider}/m`

  test.each(['text', 'tool-call'])('%s, cut or reset at every point', async (name) => {
    const found = fixture(`${provider}/${name}${suffix}`)
    const script = toScript(found)
    let failures = 0
    for (const kind of ['truncate', 'reset'] as const) {
      for (const afterBytes of pointsOf(found.response)) {
        faulty.play({ ...script, fault: { kind, afterBytes } })
        const answer = await exchange(pair, model)
        if ((await expectWholeOrError(pair, answer, found)) === 'failed') failures += 1
        expect(answer.isBroken).toBe(false)
      }
    }
    expect(failures).toBeGreaterThan(0)
  })

  test('garbage in the middle is never made into an answer', async () => {
    const found = fixture(`${provider}/text${suffix}`)
    const afterBytes = Math.floor(found.response.length / 2)
    const bytes = Buffer.from('\n\ndata: {not json}\n\n')
    faulty.play({ ...toScript(found), fault: { kind: 'garbage', afterBytes, bytes } })
    const answer = await exchange(pair, model)
    const [head, tail] = [
      found.response.subarray(0, afterBytes),
      found.response.subarray(afterBytes),
    ]
    // Where bytes are passed through they are the provider's own, for the client to judge.
    const isForwarded = Buffer.from(answer.bytes).equals(Buffer.concat([head, bytes, tail]))
    if (isForwarded) expect(pair.client).toBe(provider)
    else expect(await expectWholeOrError(pair, answer, found)).toBe('failed')
  })

  test('a stall before the head, and one in the middle, end as an error', async () => {
    const found = fixture(`${provider}/text${suffix}`)
    for (const fault of [
      { kind: 'stall' as const },
      { kind: 'stall' as const, afterBytes: 0 },
      { kind: 'stall' as const, afterBytes: Math.floor(found.response.length / 2) },
    ]) {
      faulty.play({ ...toScript(found), fault })
      const answer = await exchange(pair, `hasty-${provider}/m`)
      expect(await expectWholeOrError(pair, answer, found)).toBe('failed')
    }
    await expect.poll(() => faulty.inFlight()).toBe(0)
  })

  test('what is compressed unasked is inflated, and a missing content type is no harm', async () => {
    const found = fixture(`${provider}/text${suffix}`)
    const plain = toScript(found)
    for (const script of [
      { ...plain, isCompressed: true },
      { ...plain, headers: { 'content-type': '' } },
      { ...plain, headers: { 'content-type': 'application/octet-stream' } },
    ]) {
      faulty.play(script)
      expect(await expectWholeOrError(pair, await exchange(pair, model), found)).toBe('whole')
    }
  })

  test('nonsense in a 200 is an error', async () => {
    const found = fixture(`${provider}/text${suffix}`)
    for (const body of [
      '',
      '{}',
      '[]',
      'null',
      '"text"',
      '<html></html>',
      '{"error":"text"}',
      '{"id":',
    ]) {
      faulty.play({ body, headers: { 'content-type': 'application/json' } })
      expect(await expectWholeOrError(pair, await exchange(pair, model), found)).toBe('failed')
    }
  })

  test('another target answers when this one fails before its first word', async () => {
    const good = fixture(`${provider}/text${suffix}`)
    const script = toScript(good)
    const failures: readonly ScriptedAnswer[] = [
      { fault: { kind: 'reset' } },
      { ...script, fault: { kind: 'truncate', afterBytes: 3 } },
      { ...script, fault: { kind: 'reset', afterBytes: 3 } },
      { status: 200, body: '', headers: { 'content-type': 'text/event-stream' } },
      ...[401, 429, 500, 502, 503, 529].map((status) => ({
        status,
        body: { error: { message: 'no', type: 'api_error' } },
      })),
    ]
    for (const failure of failures) {
      faulty.play(failure)
      sound.play(script)
      const answer = await exchange(pair, `pair-${provider}`)
      expect(await expectWholeOrError(pair, answer, good)).toBe('whole')
      expect(answer.headers['x-router-attempts']).toBe('2')
      expect(sound.requests).toHaveLength(1)
    }
    faulty.play({ fault: { kind: 'stall' } })
    sound.play(script)
    for (const route of ['slow', 'gone']) {
      const answer = await exchange(pair, `${route}-${provider}`)
      expect(await expectWholeOrError(pair, answer, good)).toBe('whole')
    }
  })

  test('nobody else is asked when the request itself is at fault', async () => {
    faulty.play(toScript(fixture(`${provider}/error-400`)))
    sound.play({})
    expect((await exchange(pair, `pair-${provider}`)).status).toBe(400)
    expect(sound.requests).toEqual([])
  })

  test('a client that hangs up aborts the provider’s work', async () => {
    const found = fixture(`${provider}/text${suffix}`)
    faulty.play({
      ...toScript(found),
      fault: { kind: 'stall', afterBytes: found.response.length >> 1 },
    })
    const hangUp = new AbortController()
    const { client } = pair
    const response = fetch(gateway.address + chatPaths[client], {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(plainRequest(client, model, isStream)),
      signal: hangUp.signal,
    }).catch(() => undefined)
    await expect.poll(() => faulty.inFlight()).toBe(1)
    hangUp.abort()
    await response
    await expect.poll(() => faulty.inFlight()).toBe(0)
    expect(faulty.requests[0]?.isAborted).toBe(true)
    await gateway.expectIdle()
  })
})

describe.each(dialects)('a slow reader of %s', (client) => {
  test('holds the provider back, and gets every byte in the end', async () => {
    const pieces = 20_000
    const filler = 'x'.repeat(1_000)
    faulty.play({ body: longAnswer(filler, pieces) })
    const model = 'faulty-openai-chat/m'
    const response = await open(
      gateway.address + chatPaths[client],
      plainRequest(client, model, true),
    )
    // Time passes: others are served while this one does not read.
    const script = toScript(fixture('openai-chat/text'))
    sound.play(script)
    const other = { client, provider: 'openai-chat', isStream: false } as const
    for (let count = 0; count < 50; count += 1) await exchange(other, 'sound-openai-chat/m')
    expect(faulty.inFlight()).toBe(1)
    const text = await readAll(response)
    expect(text.split(filler)).toHaveLength(pieces + 1)
    const raw = { status: 200, headers: {}, isStream: true, isBroken: false }
    expect(checkFrames(client, { ...raw, bytes: Buffer.from(text), text })).toEqual([])
  })
})

function longAnswer(filler: string, pieces: number): string {
  const chunk = (delta: unknown, finish: string | null): string => {
    const choices = [{ index: 0, delta, finish_reason: finish }]
    const head = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' }
    return `data: ${JSON.stringify({ ...head, choices })}\n\n`
  }
  return [
    chunk({ role: 'assistant', content: '' }, null),
    chunk({ content: filler }, null).repeat(pieces),
    chunk({}, 'stop'),
    'data: [DONE]\n\n',
  ].join('')
}

/** The response of a request, unread. */
const open = (url: string, body: unknown): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const request = httpRequest(url, { method: 'POST', headers }, resolve)
    request.on('error', reject)
    request.end(JSON.stringify(body))
  })

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of response) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks).toString('utf8')
}
