// Recorded traffic through the dialect, held against a fold written apart from it.

import { describe, expect, test } from 'vitest'
import type { ChatRequest } from '../../core/chat.ts'
import { createCollector } from '../../core/collect.ts'
import type { Frame } from '../../core/dialect.ts'
import type { ChatEvent } from '../../core/events.ts'
import { createLosses } from '../../core/loss.ts'
import { withProfile } from '../../core/profile.ts'
import { inputTokens, outputTokens } from '../../core/usage.ts'
import { checkEvents } from '../../testing/check-events.ts'
import { frameCheckers } from '../../testing/frames/index.ts'
import { type Fixture, loadFixtures } from '../../testing/load-fixtures.ts'
import { readSseEvents } from '../../testing/read-sse.ts'
import { anthropic } from './index.ts'

// Answers written by hand after the API's documentation, for runs without recorded traffic.
const sse = (...frames: readonly { readonly type: string; readonly [key: string]: unknown }[]) =>
  frames.map((frame) => `event: ${frame.type}\ndata: ${JSON.stringify(frame)}  \n\n`).join('')

const start = (usage: object): { type: string; message: object } => ({
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm-1',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  },
})

const block = (index: number, content_block: object) => ({
  type: 'content_block_start',
  index,
  content_block,
})
const delta = (index: number, piece: object) => ({
  type: 'content_block_delta',
  index,
  delta: piece,
})
const stop = (index: number) => ({ type: 'content_block_stop', index })

const samples: readonly {
  readonly name: string
  readonly isStream: boolean
  readonly body: string
}[] = [
  {
    name: 'thought, text and two calls, streamed',
    isStream: true,
    body: sse(
      start({
        input_tokens: 10,
        cache_read_input_tokens: 5,
        cache_creation_input_tokens: 7,
        cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 },
        output_tokens: 1,
        service_tier: 'standard',
      }),
      block(0, { type: 'thinking', thinking: '', signature: '' }),
      { type: 'ping' },
      delta(0, { type: 'thinking_delta', thinking: 'hm' }),
      delta(0, { type: 'signature_delta', signature: 'c2ln' }),
      stop(0),
      block(1, { type: 'redacted_thinking', data: 'ZGF0YQ==' }),
      stop(1),
      block(2, { type: 'text', text: '' }),
      delta(2, { type: 'text_delta', text: 'Gr\u00fc\u00dfe ' }),
      delta(2, { type: 'text_delta', text: '\ud83d\udc4b "q"\n' }),
      delta(2, {
        type: 'citations_delta',
        citation: {
          type: 'web_search_result_location',
          url: 'https://a.example',
          title: 'A',
          cited_text: 'x',
          encrypted_index: 'abc',
        },
      }),
      stop(2),
      block(3, { type: 'tool_use', id: 'toolu_1', name: 'add', input: {} }),
      delta(3, { type: 'input_json_delta', partial_json: '' }),
      delta(3, { type: 'input_json_delta', partial_json: '{"a": ' }),
      delta(3, { type: 'input_json_delta', partial_json: '1}' }),
      stop(3),
      block(4, {
        type: 'tool_use',
        id: 'toolu_2',
        name: 'now',
        input: {},
        caller: { type: 'code_execution_20260120', tool_id: 'srvtoolu_1' },
      }),
      stop(4),
      {
        type: 'message_delta',
        delta: { stop_reason: 'tool_use', stop_sequence: null },
        usage: {
          input_tokens: 10,
          cache_read_input_tokens: 5,
          cache_creation_input_tokens: 7,
          output_tokens: 30,
          output_tokens_details: { thinking_tokens: 12 },
        },
      },
      { type: 'message_stop' },
    ),
  },
  {
    name: 'a provider-run tool, streamed',
    isStream: true,
    body: sse(
      start({ input_tokens: 3, output_tokens: 1 }),
      block(0, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{"query":"x"}' }),
      stop(0),
      block(1, {
        type: 'web_search_tool_result',
        tool_use_id: 'srvtoolu_1',
        content: [
          {
            type: 'web_search_result',
            url: 'https://a.example',
            title: 'A',
            encrypted_content: 'abc',
          },
        ],
      }),
      stop(1),
      {
        type: 'message_delta',
        delta: { stop_reason: 'pause_turn', stop_sequence: null, container: { id: 'c_1' } },
        usage: { output_tokens: 9, server_tool_use: { web_search_requests: 1 } },
      },
      { type: 'message_stop' },
    ),
  },
  {
    name: 'a refusal without content, streamed',
    isStream: true,
    body: sse(
      start({ input_tokens: 3, output_tokens: 1 }),
      {
        type: 'message_delta',
        delta: {
          stop_reason: 'refusal',
          stop_sequence: null,
          stop_details: { type: 'refusal', category: 'cyber', explanation: 'No.' },
        },
        usage: { output_tokens: 2 },
      },
      { type: 'message_stop' },
    ),
  },
  {
    name: 'a stop sequence, whole',
    isStream: false,
    body: JSON.stringify({
      id: 'msg_2',
      type: 'message',
      role: 'assistant',
      model: 'm-1',
      content: [
        {
          type: 'text',
          text: 'Hi',
          citations: [
            {
              type: 'char_location',
              cited_text: 'x',
              document_index: 0,
              document_title: 'D',
              start_char_index: 0,
              end_char_index: 1,
            },
          ],
        },
        {
          type: 'server_tool_use',
          id: 'srvtoolu_1',
          name: 'web_fetch',
          input: { url: 'https://a.example' },
        },
        { type: 'tool_use', id: 'toolu_1', name: 'f', input: { deep: { list: [1, null, 'x'] } } },
      ],
      stop_reason: 'stop_sequence',
      stop_sequence: 'END',
      container: { id: 'c_1' },
      usage: {
        input_tokens: 2,
        cache_creation_input_tokens: 6,
        output_tokens: 4,
        service_tier: 'standard',
      },
    }),
  },
]

type Fields = { [key: string]: unknown }
type Message = Fields & { content: Fields[]; usage: Fields }

const folder = process.env['DRAGOMAN_RECORDINGS']
const fixtures: readonly Fixture[] = folder
  ? loadFixtures(folder, {
      dialects: { 'anthropic-messages': 'anthropic', 'anthropic-vertex': 'anthropic' },
    })
  : []

/** What official clients make of a stream. */
function fold(events: readonly Fields[]): Message {
  let message: Message = { content: [], usage: {} }
  const inputs = new Map<number, string>()
  let hasBegun = false
  for (const event of events) {
    const index = event['index'] as number
    if (event['type'] === 'message_start' && !hasBegun) {
      message = structuredClone(event['message']) as Message
      hasBegun = true
    } else if (event['type'] === 'content_block_start') {
      message.content[index] = structuredClone(event['content_block']) as Fields
    } else if (event['type'] === 'content_block_delta') {
      const block = message.content[index] ?? {}
      const { type, ...delta } = event['delta'] as Fields
      for (const [key, value] of Object.entries(delta)) {
        if (key === 'partial_json') inputs.set(index, (inputs.get(index) ?? '') + value)
        else if (key === 'citation')
          block['citations'] = [...((block['citations'] as unknown[]) ?? []), value]
        else if (type === 'signature_delta') block[key] = value
        else block[key] = ((block[key] as string) ?? '') + value
      }
    } else if (event['type'] === 'message_delta') {
      const told = Object.entries((event['usage'] ?? {}) as Fields)
      const usage = Object.fromEntries(told.filter(([, value]) => value !== null))
      Object.assign(message, event['delta'], { usage: { ...message.usage, ...usage } })
      if (event['context_management']) message['context_management'] = event['context_management']
    }
  }
  for (const [index, text] of inputs) {
    const block = message.content[index]
    if (block && text !== '') block['input'] = JSON.parse(text)
  }
  return message
}

/** The same message with what means nothing left out. */
function plain(message: Fields): Fields {
  const { usage, content, ...rest } = message as Message
  const {
    cache_creation: split,
    cache_read_input_tokens: read,
    cache_creation_input_tokens: written,
    ...counts
  } = usage
  const { ephemeral_1h_input_tokens: long } = (split ?? {}) as Fields
  return withoutNulls({
    ...rest,
    content: content
      .map(withoutNulls)
      .map(({ caller, ...block }) =>
        (caller as Fields)?.['type'] === 'direct' || !caller ? block : { ...block, caller },
      ),
    usage: withoutNulls({ ...counts, read: read ?? 0, written: written ?? 0, long: long ?? 0 }),
  })
}

const withoutNulls = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null))

const asked: ChatRequest = { model: 'm', system: [], turns: [], stream: true }
let count = 0
const createId = (prefix: string): string => `${prefix}_${count++}`
const encodeContext = {
  asked,
  losses: createLosses(),
  createId,
  estimateInput: () => 1,
  now: () => 0,
}

function decodeAll(body: Uint8Array, isStream: boolean): readonly ChatEvent[] {
  const events: ChatEvent[] = []
  const decoder = anthropic.response.decoder(
    {
      profile: anthropic.profile,
      target: { provider: 'p', model: 'm' },
      losses: createLosses(),
      createId,
    },
    (event) => events.push(event),
  )
  const text = Buffer.from(body).toString()
  if (isStream) for (const frame of readSseEvents(text)) decoder.frame(toFrame(frame))
  else decoder.whole(JSON.parse(text))
  decoder.end()
  return events
}

const toFrame = ({ event, data }: { event: string | undefined; data: string }): Frame =>
  event === undefined ? { data } : { event, data }

function encodeAll(events: readonly ChatEvent[]): string {
  let body = ''
  const encoder = anthropic.response.encoder(encodeContext, ({ event, data }) => {
    body += `event: ${event}\ndata: ${data}\n\n`
  })
  for (const event of events) if (event.type !== 'error') encoder.event(event)
  return body
}

const parseEvents = (body: string): readonly Fields[] =>
  readSseEvents(body).map(({ data }) => JSON.parse(data))

const collect = (events: readonly ChatEvent[]) => {
  const collector = createCollector()
  for (const event of events) collector.push(event)
  return collector.response()
}

const answers = [
  ...samples.map(({ name, body, isStream }) => ({ name, body: Buffer.from(body), isStream })),
  ...fixtures
    .filter(({ status }) => status === 200)
    .map(({ id, response, isStream }) => ({ name: id, body: response, isStream })),
]

describe.each(answers)('the answer $name', ({ body, isStream }) => {
  const text = Buffer.from(body).toString()
  const expected = isStream ? fold(parseEvents(text)) : (JSON.parse(text) as Message)
  const events = decodeAll(body, isStream)

  test('is decoded into well-formed events', () => {
    expect(checkEvents(events)).toEqual([])
  })

  test('is understood as official clients understand it', () => {
    const { id, model, choices, usage } = collect(events)
    const parts = choices[0]?.parts ?? []
    expect({ id, model }).toEqual({ id: expected['id'], model: expected['model'] })
    expect(choices[0]?.finish?.raw).toBe(expected['stop_reason'])
    expect(choices[0]?.finish?.stopSequence ?? null).toBe(expected['stop_sequence'])
    const texts = expected.content.filter(({ type }) => type === 'text').map(({ text }) => text)
    expect(parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))).toEqual(texts)
    const calls = expected.content.filter(({ type }) => type === 'tool_use')
    expect(
      parts.flatMap((part) =>
        part.type === 'tool-call' ? [[part.id, part.name, JSON.parse(part.arguments)]] : [],
      ),
    ).toEqual(calls.map((call) => [call['id'], call['name'], call['input']]))
    const counts = expected.usage as { [key: string]: number }
    expect(inputTokens(usage ?? {})).toBe(
      (counts['input_tokens'] ?? 0) +
        (counts['cache_read_input_tokens'] ?? 0) +
        (counts['cache_creation_input_tokens'] ?? 0),
    )
    expect(outputTokens(usage ?? {})).toBe(counts['output_tokens'])
  })

  test('is shown to a client of this dialect as it was, streamed and whole', () => {
    const stream = encodeAll(events)
    expect(frameCheckers['anthropic']?.(stream)).toEqual([])
    expect(plain(fold(parseEvents(stream)))).toEqual(plain(expected))
    const whole = anthropic.response.encodeWhole(collect(events), encodeContext)
    expect(plain(whole)).toEqual(plain(expected))
  })
})

const newest = withProfile(anthropic.profile, {
  system: { placement: 'anywhere' },
  tools: { strict: true },
  output: { schema: 'native' },
  reasoning: { ask: 'adaptive', efforts: ['low', 'medium', 'high', 'xhigh', 'max'] },
})

/** A request with what means nothing left out. */
function plainRequest(body: Fields): unknown {
  const clean = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(clean)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key, inner]) => inner != null && !(key === 'disable_parallel_tool_use' && !inner))
        .map(([key, inner]) => {
          const isText = (key === 'content' || key === 'system') && typeof inner === 'string'
          return [key, isText ? [{ type: 'text', text: inner }] : clean(inner)]
        }),
    )
  }
  const { stream, ...rest } = body
  return clean({ ...rest, ...(stream ? { stream } : {}) })
}

describe.each(fixtures.filter(({ request }) => request))('the request $id', ({ request }) => {
  test('goes to a target of this dialect as it came', () => {
    const body = request?.json as never
    const asksBudget = JSON.stringify(body).includes('"type":"enabled"')
    const profile = asksBudget ? withProfile(newest, { reasoning: { ask: 'budget' } }) : newest
    const losses = createLosses()
    const neutral = anthropic.request.decode({ body, headers: {} })
    const encoded = anthropic.request.encode(neutral, profile, losses)
    const expected = plainRequest(body) as Fields
    expect(plainRequest(encoded.body)).toEqual({ model: '', ...expected })
    expect(losses.list).toEqual([])
  })
})
