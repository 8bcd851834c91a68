// What clients of this dialect see.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AssistantPart, ChatResponse, Finish } from '../../core/chat.ts'
import type { Frame } from '../../core/dialect.ts'
import type { ChatEvent } from '../../core/events.ts'
import { replay } from '../../core/replay.ts'
import { derived, reported } from '../../core/usage.ts'
import { checkEvents } from '../../testing/check-events.ts'
import { checkOpenaiChatFrames } from '../../testing/frames/openai-chat.ts'
import { encodeWhole } from './encode-whole.ts'
import { openaiChat } from './index.ts'
import { collect, createContext, readFrames, readWhole, toSse, writeFrames } from './samples.ts'

const usage = {
  input: reported(5),
  output: derived(2),
  reasoning: reported(1),
  cacheRead: reported(3),
}
const known = {
  input: { tokens: 5, from: 'reported' },
  cacheRead: { tokens: 3, from: 'reported' },
  output: { tokens: 2, from: 'derived' },
  reasoning: { tokens: 1, from: 'reported' },
} as const

const answer = (
  parts: readonly AssistantPart[],
  finish: Finish = { reason: 'stop' },
): ChatResponse => ({
  id: 'id-1',
  model: 'model-1',
  createdAt: 7,
  choices: [{ index: 0, parts, finish }],
})

function eventsOf(response: ChatResponse): readonly ChatEvent[] {
  const events: ChatEvent[] = []
  replay(response, (event) => events.push(event))
  return events
}

const bodies = (frames: readonly Frame[]) =>
  frames.filter(({ data }) => data !== '[DONE]').map(({ data }) => JSON.parse(data))
const deltas = (frames: readonly Frame[]) =>
  bodies(frames)
    .flatMap(({ choices }) => choices)
    .map(({ delta }) => delta)

test('a text is a role, pieces, a finish and the mark of the end', () => {
  const frames = writeFrames(eventsOf(answer([{ type: 'text', text: 'Hi "you"\n' }])))
  expect(frames.map(({ data }) => data)).toEqual([
    '{"id":"id-1","object":"chat.completion.chunk","created":7,"model":"model-1","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}]}',
    '{"id":"id-1","object":"chat.completion.chunk","created":7,"model":"model-1","choices":[{"index":0,"delta":{"content":"Hi \\"you\\"\\n"},"logprobs":null,"finish_reason":null}]}',
    '{"id":"id-1","object":"chat.completion.chunk","created":7,"model":"model-1","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}',
    '[DONE]',
  ])
})

test('usage is told once, at the end, and only to who asked', () => {
  const events = eventsOf({ ...answer([{ type: 'text', text: 'x' }]), usage: known })
  const asked = bodies(writeFrames(events, createContext({ wantsStreamUsage: true })))
  expect(asked.at(-1)).toMatchObject({
    choices: [],
    usage: {
      prompt_tokens: 8,
      completion_tokens: 3,
      total_tokens: 11,
      prompt_tokens_details: { cached_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 1 },
    },
  })
  expect(asked.slice(0, -1).every((body) => body.usage === null)).toBe(true)
  expect(toSse(writeFrames(events))).not.toContain('usage')
  expect(usage.input?.tokens).toBe(5)
})

test('calls are counted on their own, and named in their first piece only', () => {
  const frames = writeFrames(
    eventsOf(
      answer(
        [
          { type: 'text', text: 'x' },
          { type: 'tool-call', id: 'a', name: 'f', arguments: '{}', kind: 'function' },
          { type: 'tool-call', id: 'b', name: 'g', arguments: 'free', kind: 'custom' },
        ],
        { reason: 'tool-calls' },
      ),
    ),
  )
  expect(checkOpenaiChatFrames(toSse(frames))).toEqual([])
  expect(deltas(frames).slice(2, 6)).toEqual([
    {
      tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }],
    },
    { tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
    { tool_calls: [{ index: 1, id: 'b', type: 'custom', custom: { name: 'g', input: '' } }] },
    { tool_calls: [{ index: 1, custom: { input: 'free' } }] },
  ])
})

describe('thought', () => {
  const origin = { dialect: 'other', provider: 'p', model: 'm' }
  const signed: AssistantPart = { type: 'reasoning', text: 'Hm', signature: 'sig', origin }
  const hidden: AssistantPart = { type: 'reasoning', text: '', redacted: 'blob', origin }

  test('is shown as text, and its proof in an envelope that finds home', () => {
    const response = answer([signed, hidden, { type: 'text', text: 'x' }])
    const frames = writeFrames(eventsOf(response))
    expect(deltas(frames)[1]).toMatchObject({
      reasoning_content: 'Hm',
      reasoning_details: [{ type: 'reasoning.text', text: 'Hm', index: 0 }],
    })
    const details = deltas(frames).flatMap((delta) => delta.reasoning_details ?? [])
    expect(JSON.stringify(details)).not.toContain('"sig"')
    const { turns } = openaiChat.request.decode({
      headers: {},
      body: {
        messages: [
          { role: 'user', content: 'q' },
          { role: 'assistant', content: 'x', reasoning_content: 'Hm', reasoning_details: details },
        ],
      },
    })
    expect(turns[1]?.parts).toEqual([signed, hidden, { type: 'text', text: 'x' }])
    const { choices } = encodeWhole(response, createContext()) as {
      choices?: { message: object }[]
    }
    const again = openaiChat.request.decode({
      headers: {},
      body: { messages: [{ role: 'user', content: 'q' }, { ...choices?.[0]?.message }] },
    })
    expect(again.turns[1]?.parts).toEqual([signed, hidden, { type: 'text', text: 'x' }])
  })

  test('made in this dialect is shown as it came', () => {
    const own = { dialect: 'openai-chat', provider: 'p', fields: { format: 'f', note: '' } }
    const frames = writeFrames(
      eventsOf(answer([{ type: 'reasoning', text: 'Hm', signature: 's', origin: own }])),
    )
    expect(deltas(frames).flatMap((delta) => delta.reasoning_details ?? [])).toEqual([
      { type: 'reasoning.text', text: 'Hm', format: 'f', note: '', index: 0 },
      { type: 'reasoning.text', signature: 's', format: 'f', note: '', index: 0 },
    ])
  })

  test('is kept from who did not want to see it', () => {
    const context = createContext({ reasoning: { mode: 'on', isShown: false } })
    const response = answer([signed, { type: 'text', text: 'x' }])
    expect(toSse(writeFrames(eventsOf(response), context))).not.toContain('reasoning')
    expect(JSON.stringify(encodeWhole(response, context))).not.toContain('reasoning')
  })
})

test('citations from elsewhere are addresses with places in the text', () => {
  const parts: readonly AssistantPart[] = [
    { type: 'text', text: 'First. ' },
    {
      type: 'text',
      text: 'Second.',
      citations: [{ url: 'https://x.test' }, { text: 'no address' }],
    },
  ]
  const context = createContext()
  const annotation = {
    type: 'url_citation',
    url_citation: { url: 'https://x.test', title: 'https://x.test', start_index: 7, end_index: 14 },
  }
  const frames = writeFrames(eventsOf(answer(parts)), context)
  expect(deltas(frames).flatMap((delta) => delta.annotations ?? [])).toEqual([annotation])
  expect(encodeWhole(answer(parts), context)).toMatchObject({
    choices: [{ message: { content: 'First. Second.', annotations: [annotation] } }],
  })
  expect(context.losses.list).toMatchObject([{ kind: 'dropped', what: 'citations' }])
})

test('a citation told before its text still says how far the text goes', () => {
  const events = eventsOf(answer([{ type: 'text', text: 'Second.' }]))
  const place = events.findIndex(({ type }) => type === 'part-delta')
  const early = { type: 'part-delta', index: 0, citation: { url: 'https://x.test' } } as const
  const frames = writeFrames(
    [...events.slice(0, place), early, ...events.slice(place)],
    createContext(),
  )
  expect(deltas(frames).flatMap((delta) => delta.annotations ?? [])).toMatchObject([
    { url_citation: { start_index: 0, end_index: 7 } },
  ])
})

test.each<[Finish['reason'], string, boolean]>([
  ['stop', 'stop', false],
  ['stop-sequence', 'stop', false],
  ['length', 'length', false],
  ['context-full', 'length', false],
  ['tool-calls', 'tool_calls', false],
  ['content-filter', 'content_filter', false],
  ['refusal', 'content_filter', false],
  ['pause', 'stop', true],
  ['malformed-call', 'stop', true],
])('the finish "%s" is "%s"', (reason, word, isLoss) => {
  const context = createContext()
  const frames = writeFrames(eventsOf(answer([{ type: 'text', text: 'x' }], { reason })), context)
  expect(bodies(frames).at(-1).choices[0].finish_reason).toBe(word)
  expect(context.losses.list.length > 0).toBe(isLoss)
})

test('what only another dialect can show is a loss', () => {
  const context = createContext()
  const opaque: AssistantPart = { type: 'opaque', dialect: 'other', raw: { type: 'server_search' } }
  expect(checkOpenaiChatFrames(toSse(writeFrames(eventsOf(answer([opaque])), context)))).toEqual([])
  expect(context.losses.list).toMatchObject([{ kind: 'dropped', what: 'server_search' }])
})

describe('a whole answer', () => {
  test('has null content beside calls only, and no usage nobody told', () => {
    const body = encodeWhole(
      answer([{ type: 'tool-call', id: 'a', name: 'f', arguments: '{}', kind: 'function' }], {
        reason: 'tool-calls',
      }),
      createContext(),
    )
    expect(body).toEqual({
      id: 'id-1',
      object: 'chat.completion',
      created: 7,
      model: 'model-1',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: null,
            refusal: null,
            tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
          },
          logprobs: null,
          finish_reason: 'tool_calls',
        },
      ],
    })
    expect(encodeWhole(answer([]), createContext())).toMatchObject({
      choices: [{ message: { content: '' } }],
    })
  })

  test('estimates a prompt that was not counted', () => {
    const context = createContext()
    const body = encodeWhole(
      { ...answer([]), usage: { output: { tokens: 3, from: 'reported' } } },
      context,
    )
    expect(body['usage']).toMatchObject({
      prompt_tokens: 12,
      completion_tokens: 3,
      total_tokens: 15,
    })
    expect(context.losses.list).toMatchObject([{ kind: 'estimated', what: 'prompt_tokens' }])
  })
})

const text = fc.string({ unit: 'grapheme', minLength: 1 })
const origin = {
  dialect: 'openai-chat',
  provider: 'place',
  model: 'model',
  fields: { format: 'f' },
}
const part: fc.Arbitrary<AssistantPart> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text }),
  fc.record({
    type: fc.constant('reasoning' as const),
    text,
    signature: text,
    origin: fc.constant(origin),
  }),
  fc.record({
    type: fc.constant('reasoning' as const),
    text: fc.constant(''),
    redacted: text,
    origin: fc.constant(origin),
  }),
)
const tool: fc.Arbitrary<AssistantPart> = fc.record({
  type: fc.constant('tool-call' as const),
  id: fc.uuid(),
  name: fc.stringMatching(/^[a-z]{1,8}$/),
  arguments: fc.dictionary(fc.string(), fc.string()).map((value) => JSON.stringify(value)),
  kind: fc.constant('function' as const),
})

/** Neighbouring texts are one text on this wire. */
function joinTexts(parts: readonly AssistantPart[]): readonly AssistantPart[] {
  const joined: AssistantPart[] = []
  for (const next of parts) {
    const before = joined.at(-1)
    if (before?.type === 'text' && next.type === 'text')
      joined[joined.length - 1] = { type: 'text', text: before.text + next.text }
    else joined.push(next)
  }
  return joined
}

test('any answer written as a stream is read as the same answer', () => {
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 4 }),
      fc.array(tool, { maxLength: 3 }),
      (spoken, calls) => {
        const thoughts = spoken.filter(({ type }) => type === 'reasoning')
        const parts = [...thoughts, ...spoken.filter(({ type }) => type === 'text'), ...calls]
        const reason = calls.length > 0 ? 'tool-calls' : 'stop'
        const response = { ...answer(parts, { reason }), usage: known }
        const context = createContext({ wantsStreamUsage: true })
        const frames = writeFrames(eventsOf(response), context)
        expect(checkOpenaiChatFrames(toSse(frames), { wantsUsage: true })).toEqual([])
        const stream = readFrames(frames)
        const whole = readWhole(JSON.parse(JSON.stringify(encodeWhole(response, context))))
        for (const { events } of [stream, whole]) {
          expect(checkEvents(events)).toEqual([])
          const again = collect(events)
          expect(again.choices[0]?.parts ?? []).toEqual(joinTexts(parts))
          expect(again.choices[0]?.finish?.reason).toBe(reason)
          expect(again.usage).toMatchObject({ cacheRead: { tokens: 3 }, reasoning: { tokens: 1 } })
        }
      },
    ),
  )
})
