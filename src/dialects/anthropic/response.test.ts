import { MessageStream } from '@anthropic-ai/sdk/lib/MessageStream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AssistantPart, ChatRequest, ChatResponse, FinishReason } from '../../core/chat.ts'
import { createCollector } from '../../core/collect.ts'
import type { Frame } from '../../core/dialect.ts'
import { unwrapState } from '../../core/envelope.ts'
import type { ChatEvent } from '../../core/events.ts'
import { createLosses } from '../../core/loss.ts'
import { replay } from '../../core/replay.ts'
import { frameCheckers } from '../../testing/frames/index.ts'
import { anthropic } from './index.ts'
import { stopReasonOf } from './names.ts'

const asked: ChatRequest = { model: 'asked', system: [], turns: [], stream: true }
const foreign = { dialect: 'other', provider: 'p', model: 'm' }
const native = { dialect: 'anthropic', provider: 'p', model: 'm' }

function encode(events: readonly ChatEvent[], request = asked) {
  const losses = createLosses()
  const frames: Frame[] = []
  let count = 0
  const context = {
    asked: request,
    losses,
    createId: (prefix: string) => `${prefix}_${count++}`,
    estimateInput: () => 77,
    now: () => 0,
  }
  const encoder = anthropic.response.encoder(context, (frame) => frames.push(frame))
  for (const event of events) if (event.type !== 'error') encoder.event(event)
  const body = frames.map(({ event, data }) => `event: ${event}\ndata: ${data}\n\n`).join('')
  const violations = frameCheckers['anthropic']?.(body) ?? ['no checker']
  return { frames, violations, losses: losses.list.map(({ kind, what }) => `${kind}:${what}`) }
}

function whole(response: ChatResponse, request = asked) {
  const losses = createLosses()
  const context = {
    asked: request,
    losses,
    createId: (prefix: string) => prefix,
    estimateInput: () => 77,
    now: () => 0,
  }
  return { message: anthropic.response.encodeWhole(response, context), losses }
}

const eventsOf = (response: ChatResponse): readonly ChatEvent[] => {
  const events: ChatEvent[] = []
  replay(response, (event) => events.push(event))
  return events
}

const answer = (parts: readonly AssistantPart[], reason: FinishReason = 'stop'): ChatResponse => ({
  id: 'id_1',
  model: 'm',
  choices: [{ index: 0, parts, finish: { reason } }],
})

/** What the official client makes of the frames. */
async function understood(frames: readonly Frame[]) {
  const lines = frames.map(({ data }) => `${data}\n`).join('')
  const stream = new Blob([lines]).stream()
  return MessageStream.fromReadableStream(stream as never).finalMessage()
}

const mixed = answer(
  [
    { type: 'reasoning', text: 'hm', origin: foreign },
    {
      type: 'text',
      text: 'Hi "you"\n',
      citations: [{ url: 'https://a.example', title: 'A' }, { text: 'x' }],
    },
    { type: 'tool-call', id: 'c1', name: 'f', arguments: '{"a":[1]}', kind: 'function' },
    { type: 'tool-call', id: 'c2', name: 'patch', arguments: 'a "b"\n\u{1f44b}', kind: 'custom' },
    { type: 'opaque', dialect: 'other', raw: { type: 'thing' } },
    { type: 'image', source: { kind: 'url', url: 'https://a.example/i.png' } },
  ],
  'stop',
)

test('the official client understands a translated answer, streamed and whole', async () => {
  const { frames, violations, losses } = encode(eventsOf(mixed))
  expect(violations).toEqual([])
  const streamed = await understood(frames)
  const { message } = whole(mixed)
  for (const result of [streamed as unknown, message]) {
    expect(result).toMatchObject({
      id: 'id_1',
      model: 'm',
      stop_reason: 'tool_use',
      content: [
        { type: 'thinking', thinking: 'hm' },
        { type: 'text', text: 'Hi "you"\n', citations: [{ url: 'https://a.example' }] },
        { type: 'tool_use', id: 'c1', name: 'f', input: { a: [1] } },
        { type: 'tool_use', id: 'c2', name: 'patch', input: { input: 'a "b"\n\u{1f44b}' } },
      ],
      usage: { input_tokens: 77, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
    })
  }
  expect(losses).toEqual([
    'dropped:citations',
    'dropped:thing',
    'dropped:image',
    'estimated:input_tokens',
    'estimated:output_tokens',
  ])
})

test('text of a custom call survives any split', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (pieces) => {
      const { frames } = encode([
        { type: 'response-start', id: 'x', model: 'm' },
        {
          type: 'part-start',
          index: 0,
          choice: 0,
          part: { type: 'tool-call', id: 'c', name: 'n', kind: 'custom' },
        },
        ...pieces.map((piece) => ({ type: 'part-delta', index: 0, arguments: piece }) as const),
        { type: 'part-end', index: 0 },
        { type: 'finish', choice: 0, reason: 'tool-calls' },
        { type: 'response-end' },
      ])
      const written = frames.map(({ data }) => JSON.parse(data).delta?.partial_json ?? '').join('')
      expect(JSON.parse(written)).toEqual({ input: pieces.join('') })
    }),
  )
})

test('the start waits for the provider’s own count of the input', () => {
  const { frames } = encode([
    { type: 'response-start', id: 'x', model: 'm' },
    {
      type: 'usage',
      usage: {
        input: { tokens: 5, from: 'reported' },
        cacheWrite1h: { tokens: 2, from: 'reported' },
      },
    },
    { type: 'finish', choice: 0, reason: 'stop' },
    {
      type: 'usage',
      usage: {
        output: { tokens: 3, from: 'reported' },
        reasoning: { tokens: 4, from: 'reported' },
      },
    },
    { type: 'response-end' },
  ])
  expect(frames.map(({ event }) => event)).toEqual([
    'message_start',
    'message_delta',
    'message_stop',
  ])
  expect(JSON.parse(frames[0]?.data ?? '').message.usage).toMatchObject({
    input_tokens: 5,
    cache_creation_input_tokens: 2,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 2 },
  })
  expect(JSON.parse(frames[1]?.data ?? '')).toMatchObject({
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { input_tokens: 5, output_tokens: 7, output_tokens_details: { thinking_tokens: 4 } },
  })
})

test('thought of other dialects is given proof that leads back to its origin', () => {
  const thought = {
    type: 'reasoning',
    text: 'hm',
    signature: 's',
    redacted: 'r',
    origin: foreign,
  } as const
  const { frames, violations } = encode(eventsOf(answer([thought, { type: 'text', text: 'x' }])))
  expect(violations).toEqual([])
  const signature = frames
    .map(({ data }) => JSON.parse(data).delta)
    .find((delta) => delta?.type === 'signature_delta')?.signature
  expect(unwrapState(signature)).toEqual({ origin: foreign, signature: 's', redacted: 'r' })
  expect(whole(answer([thought])).message['content']).toEqual([
    { type: 'thinking', thinking: 'hm', signature },
  ])
})

test('thought nobody wants to see is kept in its proof', () => {
  const request: ChatRequest = { ...asked, reasoning: { mode: 'adaptive', isShown: false } }
  const { frames } = encode(
    eventsOf(answer([{ type: 'reasoning', text: 'hm', origin: foreign }])),
    request,
  )
  const deltas = frames.flatMap(({ data }) => JSON.parse(data).delta ?? [])
  expect(deltas.map(({ type }) => type).slice(0, -1)).toEqual(['signature_delta'])
  expect(unwrapState(deltas[0].signature)).toEqual({ origin: foreign, text: 'hm' })
})

test('refusals are text with the API’s own reason', () => {
  const refusal = answer([{ type: 'refusal', text: 'No.' }])
  expect(whole(refusal).message).toMatchObject({
    content: [{ type: 'text', text: 'No.' }],
    stop_reason: 'refusal',
    stop_details: { type: 'refusal', explanation: 'No.' },
  })
  expect(encode(eventsOf(refusal)).frames.at(-2)?.data).toContain('"stop_reason":"refusal"')
})

test.each(Object.entries(stopReasonOf))('the end "%s" is shown as %s', (reason, word) => {
  const parts: readonly AssistantPart[] =
    reason === 'tool-calls'
      ? [{ type: 'tool-call', id: 'c', name: 'n', arguments: '{}', kind: 'function' }]
      : []
  expect(whole(answer(parts, reason as FinishReason)).message['stop_reason']).toBe(word)
})

test('an end for calls without any call is a plain end: nobody waits for what never comes', () => {
  const none = answer([{ type: 'text', text: 'a' }], 'tool-calls')
  expect(whole(none).message['stop_reason']).toBe('end_turn')
  expect(encode(eventsOf(none)).frames.at(-2)?.data).toContain('"stop_reason":"end_turn"')
})

test.each([
  ['[1]', { raw_arguments: '[1]' }, ['changed:tool_use.input']],
  ['"{\\"a\\":1}"', { a: 1 }, ['changed:tool_use.input']],
  ['{"a": 1.50, "b": 9007199254740992}', { a: 1.5, b: 9007199254740992 }, []],
  ['{"n":12345678901234567891}', { n: 12345678901234567000 }, ['changed:tool_use.input']],
  ['null', {}, []],
  ['  {"a":"12345678901234567890"}', { a: '12345678901234567890' }, []],
])('arguments %s are an input object, streamed and whole', (raw, input, told) => {
  const call = answer(
    [{ type: 'tool-call', id: 'c', name: 'n', arguments: raw, kind: 'function' }],
    'tool-calls',
  )
  const { message, losses } = whole(call)
  expect(message['content']).toEqual([{ type: 'tool_use', id: 'c', name: 'n', input }])
  expect(losses.list.map(({ kind, what }) => `${kind}:${what}`)).toEqual(
    expect.arrayContaining(told),
  )
  const { frames } = encode(eventsOf(call))
  const written = frames.map(({ data }) => JSON.parse(data).delta?.partial_json ?? '').join('')
  expect(JSON.parse(written)).toEqual(input)
})

test('a citation without a title says its address: clients that check every field want a text', () => {
  const cited = answer([{ type: 'text', text: 'a', citations: [{ url: 'https://a.example' }] }])
  expect(whole(cited).message['content']).toMatchObject([
    { citations: [{ url: 'https://a.example', title: 'https://a.example' }] },
  ])
})

test('only the first of several answers is shown, and that is told', () => {
  const two = { ...answer([{ type: 'text', text: 'a' }]) }
  const both: ChatResponse = {
    ...two,
    choices: [...two.choices, { index: 1, parts: [{ type: 'text', text: 'b' }] }],
  }
  expect(encode(eventsOf(both)).losses).toContain('dropped:choices')
  expect(whole(both).losses.list.map(({ what }) => what)).toContain('choices')
})

const words = fc.string({ unit: 'grapheme', minLength: 1 })
const part: fc.Arbitrary<AssistantPart> = fc.oneof(
  words.map((text) => ({ type: 'text', text }) as const),
  fc.record({
    type: fc.constant('reasoning' as const),
    text: words,
    signature: words.map((text) => `s${text}`),
    origin: fc.constant(native),
  }),
  fc.record({
    type: fc.constant('reasoning' as const),
    text: fc.constant(''),
    redacted: words,
    origin: fc.constant(native),
  }),
  fc.record({
    type: fc.constant('tool-call' as const),
    id: words,
    name: words,
    arguments: fc.dictionary(words, fc.jsonValue()).map((value) => JSON.stringify(value)),
    kind: fc.constant('function' as const),
  }),
  fc.record({
    type: fc.constant('opaque' as const),
    dialect: fc.constant('anthropic'),
    raw: fc.record({ type: fc.constant('container_upload'), file_id: words }),
  }),
)

test('any answer of this dialect comes back from its own frames as it was', () => {
  fc.assert(
    fc.property(fc.array(part), fc.nat(1e6), fc.nat(1e6), (parts, input, output) => {
      const response: ChatResponse = {
        id: 'msg_1',
        model: 'm',
        choices: [{ index: 0, parts, finish: { reason: 'length', raw: 'max_tokens' } }],
        usage: {
          input: { tokens: input, from: 'reported' },
          cacheRead: { tokens: 1, from: 'reported' },
          cacheWrite5m: { tokens: 2, from: 'reported' },
          cacheWrite1h: { tokens: 3, from: 'reported' },
          output: { tokens: output, from: 'reported' },
        },
      }
      const { frames, violations, losses } = encode(eventsOf(response))
      expect([violations, losses]).toEqual([[], []])
      for (const isWhole of [false, true]) {
        const collector = createCollector()
        const decoder = anthropic.response.decoder(
          {
            profile: anthropic.profile,
            target: { provider: 'p', model: 'm' },
            losses: createLosses(),
            createId: (prefix) => prefix,
          },
          collector.push,
        )
        if (isWhole) decoder.whole(whole(response).message)
        else for (const frame of frames) decoder.frame(frame)
        decoder.end()
        expect(collector.response()).toEqual(response)
      }
    }),
  )
})
