// Same dialect in and out: the client's bytes and the provider's bytes, untouched but for the named
// edits, and metered all the same.

import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toExpectation } from './support/answer.ts'
import { ask, chatPaths } from './support/ask.ts'
import { fixture, ownFixtures } from './support/fixtures.ts'
import type { ClientDialect } from './support/oracle.ts'
import { providerOf, replay, startWorld, type World } from './support/world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(async () => {
  await world.gateway.expectIdle()
  await world.close()
})

const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex')

/** The request as a client of ours writes it: the same bytes, but the model says which provider. */
const withProvider = (text: string, dialect: string): string =>
  text.replace('"model": "', `"model": "${providerOf(dialect)}/`)

async function send(dialect: ClientDialect, text: string) {
  const before = world.gateway.outcomes.length
  const answer = await ask(world.gateway.address, chatPaths[dialect], Buffer.from(text))
  const outcome = await world.gateway.lastOutcome(before + 1)
  const [sent] = world.upstream.requests
  return { answer, outcome, sent: Buffer.from(sent?.bytes ?? []).toString('utf8') }
}

const good = ownFixtures.flatMap((found) => {
  const { failure, usage } = toExpectation(found.expected)
  const text = found.request && Buffer.from(found.request.bytes).toString('utf8')
  return failure || !text
    ? []
    : [{ id: found.id, found, text, usage, dialect: found.dialect as ClientDialect }]
})

describe('bytes are forwarded both ways', () => {
  for (const { id, found, text, usage, dialect } of good) {
    test(id, async () => {
      replay(world.upstream, found)
      const { answer, outcome, sent } = await send(dialect, withProvider(text, dialect))
      expect(outcome['mode']).toBe('passThrough')
      expect(sha256(sent)).toBe(sha256(text))
      expect(sha256(answer.bytes)).toBe(sha256(found.response))
      expect(answer.headers['x-router-loss']).toBeUndefined()
      if (usage) expect([outcome['input'], outcome['output']]).toEqual([usage.input, usage.output])
    })
  }
})

describe('named edits', () => {
  const chat = 'openai-chat'
  const odd =
    '{ "stop" : null,\t"model": "sample-chat-1" , "seed": 9007199254740993, "messages": [ {"role":"user","content":"caf\\u00e9 \\/ \\ud83d\\ude42","content":"last one wins"} ], "temperature": 1.0 }\n'

  test('numbers, escapes, white space and inner keys stay as the client wrote them', async () => {
    replay(world.upstream, fixture('openai-chat/text'))
    const { sent, outcome } = await send(chat, withProvider(odd, chat))

    expect(outcome['mode']).toBe('passThrough')
    expect(sent).toBe(odd)
  })

  test('fields of ours are taken out and nothing else is touched', async () => {
    replay(world.upstream, fixture('openai-chat/text'))
    const ours = `{"session_id": "s-1", "tenant_id":"t", ${odd.slice(1, -3)}, "max_context_tokens" : 100, "agent_loop": false}`
    const { sent } = await send(chat, withProvider(ours, chat))
    const { messages, ...fields } = JSON.parse(sent)
    expect(Object.keys(fields).sort()).toEqual(['model', 'seed', 'stop', 'temperature'])
    expect(messages).toHaveLength(1)
    expect(sent).toContain(odd.slice(odd.indexOf('"seed"'), odd.indexOf('"temperature"')))
  })

  test('a stream tells us its usage, and not the client who did not ask', async () => {
    const asked = fixture('openai-chat/text-stream')
    replay(world.upstream, asked)
    const text =
      '{"model": "sample-chat-1","stream":true,"messages":[{"role":"user","content":"Hi"}]}'
    const { answer, outcome, sent } = await send(chat, withProvider(text, chat))
    expect(JSON.parse(sent)).toEqual({
      ...JSON.parse(text),
      stream_options: { include_usage: true },
    })
    const response = Buffer.from(asked.response).toString('utf8')
    const frame = response.split(/(?<=\n\n)/).find((part) => part.includes('"usage":{')) ?? ''
    expect(frame).not.toBe('')
    expect(answer.text).toBe(response.replace(frame, ''))
    expect([outcome['mode'], outcome['input'], outcome['output']]).toEqual(['passThrough', 11, 7])
  })

  test('other stream options of the client are kept beside ours', async () => {
    replay(world.upstream, fixture('openai-chat/text-stream'))
    const text =
      '{"model": "sample-chat-1","stream":true,"stream_options":{"include_obfuscation":false},"messages":[{"role":"user","content":"Hi"}]}'
    const { sent } = await send(chat, withProvider(text, chat))
    expect(JSON.parse(sent).stream_options).toEqual({
      include_obfuscation: false,
      include_usage: true,
    })
  })

  test('a repeated top-level key is refused: which one is meant cannot be known', async () => {
    replay(world.upstream, fixture('openai-chat/text'))
    const body = Buffer.from('{"model":"a","model":"b","messages":[]}')
    const answer = await ask(world.gateway.address, chatPaths[chat], body)
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('model')
    expect(world.upstream.requests).toEqual([])
  })
})

describe('headers', () => {
  test('the provider sees its own key and no credential of the client', async () => {
    replay(world.upstream, fixture('anthropic/text'))
    await ask(
      world.gateway.address,
      '/v1/messages',
      Buffer.from(
        withProvider(
          String(Buffer.from(fixture('anthropic/text').request?.bytes ?? [])),
          'anthropic',
        ),
      ),
      {
        'x-api-key': 'client-secret',
        authorization: 'Bearer client-secret',
        cookie: 'session=client-secret',
        'x-router-strict': '0',
        'anthropic-version': '2023-06-01',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      },
    )
    const headers = world.upstream.requests[0]?.headers ?? {}
    expect(JSON.stringify(headers)).not.toContain('client-secret')
    expect(JSON.stringify(headers)).toContain('lab-key')
    expect(Object.keys(headers).filter((name) => name.startsWith('x-router'))).toEqual([])
    expect(headers['anthropic-version']).toBe('2023-06-01')
    expect(headers['traceparent']).toContain('4bf92f3577b34da6a3ce929d0e0e4736')
    expect(headers['accept-encoding'] ?? 'identity').toBe('identity')
  })
})
