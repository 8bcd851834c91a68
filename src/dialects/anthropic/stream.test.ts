import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCollector } from '../../core/collect.ts'
import type { Frame } from '../../core/dialect.ts'
import type { ChatEvent } from '../../core/events.ts'
import { createLosses } from '../../core/loss.ts'
import { checkEvents } from '../../testing/check-events.ts'
import { anthropic } from './index.ts'

type Fields = { readonly type: string; readonly [key: string]: unknown }

const losses = createLosses()
function decode(frames: readonly (Fields | Frame)[], canEnd = true): readonly ChatEvent[] {
  const events: ChatEvent[] = []
  const decoder = anthropic.response.decoder(
    {
      profile: anthropic.profile,
      target: { provider: 'place', model: 'asked' },
      losses,
      createId: (prefix) => `${prefix}_new`,
    },
    (event) => events.push(event),
  )
  for (const frame of frames)
    decoder.frame(
      'data' in frame ? (frame as Frame) : { event: frame.type, data: JSON.stringify(frame) },
    )
  if (canEnd) decoder.end()
  return events
}

function partsOf(events: readonly ChatEvent[]) {
  const collector = createCollector()
  for (const event of events) collector.push(event)
  return collector.response().choices[0]?.parts
}

const head: Fields = { type: 'message_start', message: { id: 'msg_1', model: 'm', usage: {} } }
const begin = (index: number, content_block: object): Fields => ({
  type: 'content_block_start',
  index,
  content_block,
})
const piece = (index: number, delta: object): Fields => ({
  type: 'content_block_delta',
  index,
  delta,
})
const text = (index: number, words: string): Fields =>
  piece(index, { type: 'text_delta', text: words })
const json = (index: number, partial_json: string): Fields =>
  piece(index, { type: 'input_json_delta', partial_json })
const stop = (index: number): Fields => ({ type: 'content_block_stop', index })
const delta = (stop_reason: string | null, usage?: object): Fields => ({
  type: 'message_delta',
  delta: { stop_reason },
  ...(usage ? { usage } : {}),
})
const end: Fields = { type: 'message_stop' }
const tool = (name: string, input: object = {}): object => ({
  type: 'tool_use',
  id: `id_${name}`,
  name,
  input,
})
const call = (name: string, written: string) => ({
  type: 'tool-call',
  id: `id_${name}`,
  name,
  kind: 'function',
  arguments: written,
})

test('a stream without message_stop is whole once it said why it stops', () => {
  const events = decode([head, begin(0, { type: 'text', text: 'Hi' }), delta('end_turn')])
  expect(checkEvents(events)).toEqual([])
  expect(partsOf(events)).toEqual([{ type: 'text', text: 'Hi' }])
  expect(events.at(-1)?.type).toBe('response-end')
})

test('a stream that breaks off is an error, and nothing follows it', () => {
  const events = decode([head, begin(0, { type: 'text', text: '' }), text(0, 'Hi')])
  expect(events.at(-1)).toMatchObject({ type: 'error', error: { kind: 'provider-truncated' } })
  expect(checkEvents(events)).toEqual([])
})

test('an error frame ends the answer, whatever comes after', () => {
  const error = { type: 'overloaded_error', message: 'Overloaded' }
  const events = decode([head, { type: 'error', error }, text(0, 'x'), end])
  expect(events.at(-1)).toMatchObject({
    type: 'error',
    error: { kind: 'provider-overloaded', provider: 'place' },
  })
  expect(decode([{ event: 'error', data: 'out of memory' }]).at(-1)).toMatchObject({
    error: { kind: 'provider-failed' },
  })
})

test('frames that are no JSON object are an invalid answer', () => {
  for (const data of ['{"type":', '[1]'])
    expect(decode([head, { event: 'message_delta', data }]).at(-1)).toMatchObject({
      error: { kind: 'provider-invalid-response' },
    })
})

test('pings, unknown frames and a foreign end mark mean nothing', () => {
  const events = decode([
    { type: 'ping' },
    head,
    { event: 'ping', data: '' },
    { type: 'news' },
    head,
    delta('end_turn'),
    end,
    { data: '[DONE]' },
    end,
  ])
  expect(events.map(({ type }) => type)).toEqual(['response-start', 'finish', 'response-end'])
})

test('a call without pieces takes the input it began with, or none', () => {
  const events = decode([
    head,
    begin(0, tool('a')),
    json(0, ''),
    stop(0),
    begin(1, tool('b', { x: 1 })),
    stop(1),
    begin(2, tool('c', { x: 1 })),
    json(2, '{"y":2}'),
    stop(2),
    delta('tool_use'),
    end,
  ])
  expect(partsOf(events)).toEqual([call('a', '{}'), call('b', '{"x":1}'), call('c', '{"y":2}')])
})

test('interleaved, unstopped and reused blocks come out one after the other', () => {
  const calls = [call('a', '{"x":1}'), call('b', '{"y":2}')]
  const interleaved = decode([
    head,
    begin(0, tool('a')),
    begin(1, tool('b')),
    json(0, '{"x"'),
    json(1, '{"y"'),
    json(0, ':1}'),
    json(1, ':2}'),
    stop(1),
    stop(0),
    delta('end_turn'),
    end,
  ])
  const reused = decode([
    head,
    begin(0, tool('a')),
    json(0, '{"x":1}'),
    begin(0, tool('b')),
    json(0, '{"y":2}'),
    delta('tool_use'),
    end,
  ])
  for (const events of [interleaved, reused]) {
    expect(checkEvents(events)).toEqual([])
    expect(partsOf(events)).toEqual(calls)
    expect(events.find(({ type }) => type === 'finish')).toMatchObject({ reason: 'tool-calls' })
  }
})

test('text sent into a call’s block waits for the call to end', () => {
  const events = decode([
    head,
    begin(0, tool('a')),
    json(0, '{"x"'),
    text(0, 'so '),
    text(0, 'far'),
    json(0, ':1}'),
    stop(0),
    delta('tool_use'),
    end,
  ])
  expect(checkEvents(events)).toEqual([])
  expect(partsOf(events)).toEqual([call('a', '{"x":1}'), { type: 'text', text: 'so far' }])
})

test('pieces without a start and starts without a message are read all the same', () => {
  const events = decode([text(0, 'Hi'), text(0, ' there'), delta('end_turn'), end])
  expect(events[0]).toEqual({ type: 'response-start', id: 'msg_new', model: 'asked' })
  expect(partsOf(events)).toEqual([{ type: 'text', text: 'Hi there' }])
})

test('thought keeps its place, its proof and its origin', () => {
  const origin = { dialect: 'anthropic', provider: 'place', model: 'asked' }
  const events = decode([
    head,
    begin(0, { type: 'thinking', thinking: '', signature: '' }),
    piece(0, { type: 'thinking_delta', thinking: 'hm' }),
    piece(0, { type: 'signature_delta', signature: 'c2ln' }),
    stop(0),
    begin(1, { type: 'redacted_thinking', data: 'ZGF0YQ==' }),
    stop(1),
    begin(2, { type: 'thinking', thinking: '', signature: 'b25seQ==' }),
    stop(2),
    delta('end_turn'),
    end,
  ])
  expect(partsOf(events)).toEqual([
    { type: 'reasoning', text: 'hm', signature: 'c2ln', origin },
    { type: 'reasoning', text: '', redacted: 'ZGF0YQ==', origin },
    { type: 'reasoning', text: '', signature: 'b25seQ==', origin },
  ])
})

test('blocks of unknown kinds are carried with their pieces', () => {
  const raw = { type: 'compaction', content: null }
  const data = { type: 'compaction_delta', content: 'short' }
  const events = decode([head, begin(0, raw), piece(0, data), stop(0), delta('compaction'), end])
  expect(partsOf(events)).toEqual([{ type: 'opaque', dialect: 'anthropic', raw, deltas: [data] }])
})

test('usage is disjoint, and later counts without the split of lifetimes keep it', () => {
  const events = decode([
    {
      type: 'message_start',
      message: {
        usage: {
          input_tokens: 10,
          cache_read_input_tokens: 20,
          cache_creation_input_tokens: 7,
          cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 },
          output_tokens: 1,
        },
      },
    },
    delta('end_turn', {
      input_tokens: 0,
      cache_creation_input_tokens: 0,
      output_tokens: 50,
      output_tokens_details: { thinking_tokens: 30 },
    }),
    delta(null, { input_tokens: 11, cache_creation_input_tokens: 7, output_tokens: 60 }),
    end,
  ])
  const collector = createCollector()
  for (const event of events) collector.push(event)
  const { usage = {} } = collector.response()
  expect(
    Object.fromEntries(Object.entries(usage).map(([key, count]) => [key, count?.tokens])),
  ).toEqual({
    input: 11,
    cacheRead: 20,
    cacheWrite5m: 3,
    cacheWrite1h: 4,
    output: 30,
    reasoning: 30,
  })
})

test('a count that only the start tells is used in the end', () => {
  const events = decode([
    { type: 'message_start', message: { usage: { input_tokens: 3, output_tokens: 9 } } },
    delta('end_turn'),
    end,
  ])
  expect(events.filter(({ type }) => type === 'usage')).toEqual([
    { type: 'usage', usage: { input: { tokens: 3, from: 'reported' } } },
    { type: 'usage', usage: { output: { tokens: 9, from: 'reported' } } },
  ])
})

test('the frames a meter reads are enough to know usage and end', () => {
  const events = decode([delta('max_tokens', { output_tokens: 4 }), end])
  expect(events.map(({ type }) => type)).toEqual([
    'response-start',
    'usage',
    'finish',
    'response-end',
  ])
})

test('unknown reasons to stop are an end, and told', () => {
  const events = decode([head, delta('bored'), end])
  expect(events.find(({ type }) => type === 'finish')).toMatchObject({
    reason: 'stop',
    raw: 'bored',
  })
  expect(losses.list.some(({ what }) => what === 'stop_reason')).toBe(true)
})

test('whole answers that are errors or no messages are errors', () => {
  const whole = (body: never): ChatEvent | undefined => {
    const events: ChatEvent[] = []
    const context = {
      profile: anthropic.profile,
      target: { provider: 'place', model: 'm' },
      losses,
      createId: (prefix: string) => prefix,
    }
    const decoder = anthropic.response.decoder(context, (event) => events.push(event))
    decoder.whole(body)
    decoder.end()
    return events.at(-1)
  }
  const error = { type: 'rate_limit_error', message: 'slow down' }
  expect(whole({ type: 'error', error } as never)).toMatchObject({
    error: { kind: 'provider-rate-limited' },
  })
  expect(whole({ choices: [] } as never)).toMatchObject({
    error: { kind: 'provider-invalid-response' },
  })
  expect(whole('hi' as never)).toMatchObject({ error: { kind: 'provider-invalid-response' } })
  expect(whole({ content: [] } as never)).toMatchObject({ type: 'response-end' })
})

test('whatever frames come in whatever order, the events are well-formed', () => {
  const index = fc.integer({ min: 0, max: 3 })
  const kind = fc.constantFrom(
    { type: 'text', text: '' },
    { type: 'thinking', thinking: '', signature: '' },
    { type: 'tool_use', id: 'i', name: 'n', input: {} },
    { type: 'server_tool_use', id: 'i', name: 'n', input: {} },
    { type: 'redacted_thinking', data: 'x' },
  )
  const change = fc.constantFrom(
    { type: 'text_delta', text: 'a' },
    { type: 'thinking_delta', thinking: 'b' },
    { type: 'signature_delta', signature: 's' },
    { type: 'input_json_delta', partial_json: '{}' },
    { type: 'citations_delta', citation: {} },
  )
  const frame = fc.oneof(
    fc.tuple(index, kind).map(([at, block]) => begin(at, block)),
    fc.tuple(index, change).map(([at, more]) => piece(at, more)),
    index.map(stop),
    fc.constantFrom(head, delta('tool_use', { output_tokens: 1 }), { type: 'ping' }),
    fc
      .jsonValue()
      .map((value) => ({ data: JSON.stringify({ type: value, delta: value, index: value }) })),
  )
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 30 }), fc.boolean(), (frames, hasEnd) => {
      const events = decode(hasEnd ? [...frames, end] : frames)
      const broken = checkEvents(events).filter((line) => !line.includes('without JSON arguments'))
      expect(broken).toEqual([])
    }),
  )
})
