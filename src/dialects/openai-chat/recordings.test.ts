// Replays our own fixtures, and recorded traffic where a folder of it is given, against a reader
// written apart from ours.

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { ChatRequest, ChatResponse } from '../../core/chat.ts'
import { createCollector } from '../../core/collect.ts'
import type { ChatEvent } from '../../core/events.ts'
import { parseJson } from '../../core/json.ts'
import { createLosses } from '../../core/loss.ts'
import { withProfile } from '../../core/profile.ts'
import { inputTokens, outputTokens } from '../../core/usage.ts'
import { checkEvents } from '../../testing/check-events.ts'
import { checkOpenaiChatFrames } from '../../testing/frames/openai-chat.ts'
import { type Fixture, loadFixtures } from '../../testing/load-fixtures.ts'
import { readSseEvents } from '../../testing/read-sse.ts'
import { openaiChat } from './index.ts'

// biome-ignore lint/suspicious/noExplicitAny: the oracle reads recorded JSON as it is.
type Loose = any

const here = fileURLToPath(new URL('../../../fixtures', import.meta.url))
const load = (folder: string) =>
  loadFixtures(folder, { dialects: { 'openai-chat': 'openai-chat' } })
const recordings = process.env['DRAGOMAN_RECORDINGS']
const fixtures = [...load(here), ...(recordings ? load(recordings) : [])]
const named = (list: readonly Fixture[]) => list.map((fixture) => [fixture.id, fixture] as const)
const answers = named(fixtures.filter(({ status }) => status === 200))

const text = ({ response }: Fixture): string => Buffer.from(response).toString('utf8')

function decode(fixture: Fixture): readonly ChatEvent[] {
  const events: ChatEvent[] = []
  let id = 0
  const decoder = openaiChat.response.decoder(
    {
      profile: openaiChat.profile,
      target: { provider: fixture.provider, model: fixture.model },
      losses: createLosses(),
      createId: (prefix) => `${prefix}_${++id}`,
    },
    (event) => events.push(event),
  )
  if (fixture.isStream)
    for (const { event, data } of readSseEvents(text(fixture)))
      decoder.frame(event === undefined ? { data } : { event, data })
  else decoder.whole(JSON.parse(text(fixture)))
  decoder.end()
  return events
}

const collect = (events: readonly ChatEvent[]): ChatResponse => {
  const collector = createCollector()
  for (const event of events) collector.push(event)
  return collector.response()
}

type Told = {
  text: string
  thought: string
  tools: { name: string; arguments: unknown }[]
  finish: string | undefined
  prompt: number | undefined
  completion: number | undefined
  isFailed: boolean
}

/** The simplest reading of the same bytes. */
function fold(fixture: Fixture): Told {
  const told: Told = {
    text: '',
    thought: '',
    tools: [],
    finish: undefined,
    prompt: undefined,
    completion: undefined,
    isFailed: false,
  }
  const calls = new Map<unknown, { name: string; text: string }>()
  const say = (content: Loose): void => {
    if (typeof content === 'string') told.text += content
    else
      for (const part of content ?? []) {
        if (part.type === 'text') told.text += part.text
        if (part.type === 'thinking')
          told.thought += part.thinking.map((inner: Loose) => inner.text).join('')
      }
  }
  const chunks: Loose[] = fixture.isStream
    ? readSseEvents(text(fixture))
        .filter(({ data }) => data !== '[DONE]')
        .map(({ data }) => JSON.parse(data))
    : [JSON.parse(text(fixture))]
  for (const chunk of chunks) {
    if (chunk.error) told.isFailed = true
    const choice = chunk.choices?.[0]
    const delta = choice?.delta ?? choice?.message ?? {}
    say(delta.content)
    told.thought +=
      delta.reasoning_content ??
      delta.reasoning ??
      delta.reasoning_text ??
      (delta.reasoning_details ?? []).map((detail: Loose) => detail.text ?? '').join('')
    for (const [position, call] of (delta.tool_calls ?? []).entries()) {
      const key = fixture.isStream ? call.index : position
      const known = calls.get(key) ?? { name: '', text: '' }
      calls.set(key, known)
      known.name ||= call.function?.name ?? ''
      known.text += call.function?.arguments ?? ''
    }
    if (choice?.finish_reason) told.finish = choice.finish_reason
    if (chunk.usage?.prompt_tokens) {
      told.prompt = chunk.usage.prompt_tokens
      const { completion_tokens: completion, total_tokens: total } = chunk.usage
      const thought =
        chunk.usage.completion_tokens_details?.reasoning_tokens ?? chunk.usage.reasoning_tokens ?? 0
      const isOnTop = thought > 0 && total === chunk.usage.prompt_tokens + completion + thought
      told.completion = completion + (isOnTop ? thought : 0)
    }
  }
  told.tools = [...calls.values()].map((call) => ({
    name: call.name,
    arguments: JSON.parse(call.text || '{}'),
  }))
  return told
}

const join = (response: ChatResponse, type: 'text' | 'reasoning'): string =>
  (response.choices[0]?.parts ?? [])
    .map((part) => (part.type === type && 'text' in part ? part.text : ''))
    .join('')

const reasons: { readonly [finish: string]: string } = { end: 'stop', filter: 'content-filter' }

test.each(answers.filter(([, { expected }]) => expected !== undefined))(
  'the answer %s means what its fixture lists',
  (_id, fixture) => {
    const events = decode(fixture)
    expect(checkEvents(events)).toEqual([])
    const expected = fixture.expected as Loose
    const response = collect(events)
    if (expected.error) {
      expect(events.at(-1)?.type).toBe('error')
      return
    }
    expect(events.at(-1)?.type).toBe('response-end')
    expected.choices.forEach((choice: Loose, index: number) => {
      const { parts = [], finish } = response.choices[index] ?? {}
      const textOf = (type: string): string =>
        parts.map((part) => (part.type === type && 'text' in part ? part.text : '')).join('')
      expect(textOf('text')).toBe(choice.text ?? '')
      expect(textOf('reasoning')).toBe(choice.reasoning ?? '')
      expect(textOf('refusal')).toBe(choice.refusal ?? '')
      expect(finish?.reason).toBe(reasons[choice.finish] ?? choice.finish)
      const calls = parts.filter((part) => part.type === 'tool-call')
      if (choice.finish !== 'length')
        expect(
          calls.map((call) => ({ name: call.name, arguments: JSON.parse(call.arguments) })),
        ).toEqual(choice.toolCalls ?? [])
      const tokens = parts.flatMap((part) => (part.type === 'text' ? (part.logprobs ?? []) : []))
      expect(tokens.map(({ token }) => token)).toEqual(choice.logprobTokens ?? [])
    })
    const { usage } = response
    expect(usage && inputTokens(usage)).toBe(expected.usage?.input)
    expect(usage && outputTokens(usage)).toBe(expected.usage?.output)
    if (expected.usage?.cacheRead) expect(usage?.cacheRead?.tokens).toBe(expected.usage.cacheRead)
    if (expected.usage?.cacheWrite)
      expect(usage?.cacheWrite5m?.tokens).toBe(expected.usage.cacheWrite)
    if (expected.usage?.reasoning) expect(usage?.reasoning?.tokens).toBe(expected.usage.reasoning)
  },
)

const recorded = recordings ? named(load(recordings).filter(({ status }) => status === 200)) : []

test.each(recorded)('the answer %s means what the simplest reader finds in it', (_id, fixture) => {
  const events = decode(fixture)
  expect(checkEvents(events)).toEqual([])
  const told = fold(fixture)
  const response = collect(events)
  if (told.isFailed) {
    expect(events.at(-1)?.type).toBe('error')
    return
  }
  expect(events.at(-1)?.type).toBe('response-end')
  expect(join(response, 'text')).toBe(told.text)
  expect(join(response, 'reasoning')).toBe(told.thought)
  const tools = (response.choices[0]?.parts ?? [])
    .filter((part) => part.type === 'tool-call')
    .map((part) => ({ name: part.name, arguments: JSON.parse(part.arguments) }))
  expect(tools).toEqual(told.tools)
  expect(response.choices[0]?.finish?.raw).toBe(told.finish)
  const usage = response.usage
  expect(usage && inputTokens(usage)).toBe(told.prompt)
  expect(usage && outputTokens(usage)).toBe(told.completion)
})

const asked: ChatRequest = {
  model: 'm',
  system: [],
  turns: [],
  stream: true,
  wantsStreamUsage: true,
}
const encodeContext = () => {
  let id = 0
  return {
    asked,
    losses: createLosses(),
    estimateInput: () => 1,
    createId: (prefix: string) => `${prefix}_${++id}`,
    now: () => 1,
  }
}

const toSse = (frames: readonly { readonly data: string }[]): string =>
  frames.map(({ data }) => `data: ${data}\n\n`).join('')

test.each(answers)('the answer %s survives being written again', (_id, fixture) => {
  const events = decode(fixture)
  if (events.at(-1)?.type === 'error') return
  const frames: { data: string }[] = []
  const encoder = openaiChat.response.encoder(encodeContext(), (frame) => frames.push(frame))
  for (const event of events) if (event.type !== 'error') encoder.event(event)
  expect(checkOpenaiChatFrames(toSse(frames), { wantsUsage: true })).toEqual([])
  const again = decode({ ...fixture, isStream: true, response: Buffer.from(toSse(frames)) })
  expect(checkEvents(again)).toEqual([])
  const whole = openaiChat.response.encodeWhole(collect(events), encodeContext())
  const wholeAgain = decode({
    ...fixture,
    isStream: false,
    response: Buffer.from(JSON.stringify(whole)),
  })
  for (const other of [again, wholeAgain]) {
    for (const type of ['text', 'reasoning'] as const)
      expect(join(collect(other), type)).toBe(join(collect(events), type))
    const calls = (response: ChatResponse) =>
      response.choices.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool-call'))
    expect(calls(collect(other))).toEqual(calls(collect(events)))
    expect(collect(other).choices.map(({ finish }) => finish?.reason)).toEqual(
      collect(events).choices.map(({ finish }) => finish?.reason),
    )
    const signed = (response: ChatResponse) =>
      response.choices.flatMap(({ parts }) =>
        parts.flatMap((part) => (part.type === 'reasoning' ? [part.signature, part.redacted] : [])),
      )
    expect(signed(collect(other))).toEqual(signed(collect(events)))
  }
})

const profile = withProfile(openaiChat.profile, {
  system: { developer: true },
  tools: { custom: true },
  limits: { maxOutputField: 'max_tokens' },
  reasoning: {
    field: 'reasoning_content',
    efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
  },
  sampling: { refused: [] },
})

/** The request without its spelling: what two bodies must agree in. */
function meaning(body: Loose): Loose {
  const said = (content: Loose): Loose => {
    if (content === null || content === undefined || content.length === 0) return ''
    if (typeof content === 'string') return content
    const texts = content.every((part: Loose) => part.type === 'text')
    return texts ? content.map((part: Loose) => part.text).join('') : content
  }
  return {
    model: body.model,
    stream: body.stream ?? false,
    limit: body.max_tokens ?? body.max_completion_tokens,
    stop: body.stop === undefined ? undefined : [body.stop].flat(),
    sampling: [body.temperature, body.top_p, body.seed, (body.n ?? 1) === 1 ? 1 : body.n],
    format: body.response_format,
    tools: (body.tools ?? []).map((tool: Loose) => ({
      ...tool.function,
      type: tool.type ?? 'function',
    })),
    choice: body.tool_choice === 'any' ? 'required' : body.tool_choice,
    parallel: body.parallel_tool_calls,
    tier: body.service_tier,
    messages: body.messages.map((message: Loose) => ({
      role: message.role,
      content: said(message.content),
      id: message.tool_call_id,
      calls: (message.tool_calls ?? []).map((call: Loose) => [call.id, call.function]),
      thought:
        message.reasoning_content ??
        message.reasoning ??
        (message.reasoning_details ?? []).map((detail: Loose) => detail.text ?? '').join(''),
    })),
  }
}

test.each(named(fixtures.filter(({ request }) => request)))(
  'the request %s says the same when written again',
  (_id, { request }) => {
    const body = request?.json as Loose
    const losses = createLosses()
    const decoded = openaiChat.request.decode({ body, headers: {} })
    const encoded = openaiChat.request.encode(decoded, profile, losses)
    expect(meaning(encoded.body)).toEqual(meaning(body))
    expect(
      losses.list.filter(({ what }) => what !== 'reasoning state' && what !== 'thinking budget'),
    ).toEqual([])
  },
)

test.each(named(fixtures.filter(({ status }) => status >= 400)))(
  'the refusal %s gets a kind and a message without secrets',
  (_id, fixture) => {
    const error = openaiChat.error.decode(
      {
        status: fixture.status,
        headers: fixture.headers,
        body: parseJson(text(fixture)) ?? text(fixture),
      },
      fixture.provider,
    )
    expect(error.kind).not.toBe('internal')
    expect(error.message).not.toMatch(/user_|\*\*\*/)
    const expected = { 401: 'provider-auth', 404: 'provider-model-not-found' }[
      fixture.status as 401
    ]
    if (expected) expect(error.kind).toBe(expected)
  },
)
