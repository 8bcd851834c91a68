import { describe, expect, test } from 'vitest'
import { builtIn } from '../../config/lists.ts'
import type { ChatCall } from '../../core/call.ts'
import { createCancellation } from '../../core/services.ts'
import { assembleCase } from '../../testing/config-case.ts'
import { maxEagerBytes, readFields } from '../body-fields.ts'
import { createCall } from '../create-call.ts'
import { planCall } from '../plan.ts'
import { type Mending, prepare } from './prepare.ts'

const { parts } = assembleCase({
  file: `
    [providers.chat]
    dialect = "openai-chat"
    base_url = "http://chat.test"
    api_key = "k"
    [providers.streaming]
    dialect = "openai-chat"
    base_url = "http://chat.test"
    api_key = "k"
    streaming = "always"
    [providers.messages]
    dialect = "anthropic"
    base_url = "http://messages.test"
    api_key = "k"
    [discover]
    enabled = false
  `,
})
const dialects = new Map(builtIn.dialects.map((dialect) => [dialect.id, dialect]))
const lookup = { dialects, adaptations: parts.adaptations }

function callOf(text: string, headers = {}, isStrict = false): ChatCall {
  const dialect = dialects.get('openai-chat')
  if (!dialect) throw new Error('The dialect is missing')
  const bytes = Buffer.from(text)
  const { call } = createCall({
    id: 'call_1',
    dialect,
    operation: 'chat',
    headers,
    caller: { id: 'anonymous' },
    isStrict,
    bytes,
    fields: readFields(bytes),
    cancellation: createCancellation(),
    receivedAtMs: 0,
  })
  if (call.operation !== 'chat') throw new Error('It is a chat')
  return call
}

async function prepared(text: string, headers = {}, mendings: readonly Mending[] = []) {
  const call = callOf(text, headers)
  const lists = { listing: async () => [], of: async () => [], known: () => [] }
  const [target] = (await planCall(call, parts, lists)).targets
  if (!target) throw new Error('There is no target')
  const made = prepare(call, target, lookup, mendings)
  return { ...made, text: Buffer.from(made.body).toString() }
}

const messages = '"messages":[{"role":"user","content":"hi"}]'

describe('the client’s own dialect', () => {
  test('gets the client’s own bytes when nothing is to be changed', async () => {
    const made = await prepared(`{ "model":"chat/m" ,${messages}, "seed": 1e0 }`)
    expect(made.text).toBe(`{ "model":"m" ,${messages}, "seed": 1e0 }`)
    expect([made.wasForwarded, made.hidesUsageFrame]).toEqual([true, false])
  })

  test('is asked for the usage of a stream, which is then hidden', async () => {
    const { text, hidesUsageFrame } = await prepared(`{"model":"chat/m",${messages},"stream":true}`)
    expect(text).toBe(
      `{"model":"m",${messages},"stream":true,"stream_options":{"include_usage":true}}`,
    )
    expect(hidesUsageFrame).toBe(true)
  })

  test('is asked to stream where it does nothing else', async () => {
    const { text, isStream } = await prepared(`{"model":"streaming/m",${messages}}`)
    expect(JSON.parse(text)).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    })
    expect(isStream).toBe(true)
  })

  test('does not see fields of ours, but objects of the same name', async () => {
    const { text } = await prepared(
      `{"session_id":"s","model":"chat/m","provider":{"order":["x"]},${messages},"tenant_id":"t"}`,
    )
    expect(text).toBe(`{"model":"m","provider":{"order":["x"]},${messages}}`)
  })

  test('is encoded anew after a repair', async () => {
    const repair = {
      name: 'without seed',
      matches: () => true,
      request: (request: ReturnType<ChatCall['request']>) => ({ ...request, system: [] }),
    }
    const mending = { repair, error: new Error('refused') } as unknown as Mending
    const made = await prepared(`{"model":"chat/m",${messages},"seed":1}`, {}, [mending])
    expect(made.wasForwarded).toBe(false)
    expect(JSON.parse(made.text)).toMatchObject({ model: 'm' })
  })
})

test('a large body that is forwarded is not read: what is broken in it is the provider’s to refuse', async () => {
  const large = `"user":"${'x'.repeat(maxEagerBytes)}"`
  const { text, wasForwarded } = await prepared(
    `{"model":"chat/m",${large},"session_id":"s","metadata":[{"a":}],${messages}}`,
  )
  expect(wasForwarded).toBe(true)
  expect(text).toBe(`{"model":"m",${large},"metadata":[{"a":}],${messages}}`)
})

test('another dialect gets its own words, its fixed headers and what was lost on the way', async () => {
  const made = await prepared(`{"model":"messages/m",${messages},"seed":1}`, {
    authorization: 'Bearer client',
  })
  expect(made.wasForwarded).toBe(false)
  expect(JSON.parse(made.text)).toMatchObject({ model: 'm', max_tokens: expect.any(Number) })
  expect(made.headers['anthropic-version']).toBeDefined()
  expect(JSON.stringify(made.headers)).not.toContain('client')
  expect(made.losses.list.map(({ what }) => what)).toContain('seed')
})

test('strict mode refuses what would be lost, before anybody is asked', async () => {
  const strict = callOf(`{"model":"messages/m",${messages},"seed":1}`, {}, true)
  const upstream = parts.upstreams.get('messages')
  if (!upstream) throw new Error('The place is missing')
  const target = { id: 'messages/m', upstream, model: 'm', weight: 1 }
  expect(() => prepare(strict, target, lookup, [])).toThrow(/Strict mode refuses .*seed/)
  const own = parts.upstreams.get('chat')
  if (!own) throw new Error('The place is missing')
  const forwarded = callOf(`{"model":"chat/m",${messages},"seed":1}`, {}, true)
  expect(prepare(forwarded, { ...target, upstream: own }, lookup, []).wasForwarded).toBe(true)
  forwarded.losses.add('dropped', 'tools', 'a stage left them out')
  expect(() => prepare(forwarded, { ...target, upstream: own }, lookup, [])).toThrow(/tools/)
})
