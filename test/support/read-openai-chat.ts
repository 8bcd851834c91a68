// The oracle for Chat Completions: OpenAI's own client parses the bytes. Where it gives up on a
// provider's oddities, or does not know a field (thought), a short fold over the raw JSON reads them.

import OpenAI from 'openai'
import { readSseEvents } from '../../src/testing/index.ts'
import {
  type Answer,
  type Choice,
  type Failure,
  type Finish,
  type Json,
  parse,
  type RawAnswer,
  type ToolCall,
  toFields,
  toList,
  toMeaning,
  toNumber,
  toText,
  type Usage,
} from './answer.ts'

/** What the bytes of a Chat Completions answer say. Never throws: an answer that failed says how. */
export async function readOpenaiChat(raw: RawAnswer): Promise<Answer> {
  const body = new TextDecoder().decode(raw.bytes)
  if (raw.status >= 400) return toFailed(toFailure('before', raw.status, parse(body) ?? body))
  const folded = raw.isStream ? fold(body) : toFields(parse(body))
  const failure = failureOf(folded, raw)
  const choices = toChoices(folded)
  if (failure) return { choices, opaque: [], failure, reader: 'fold' }
  const isOdd = raw.isStream && isOddlyFramed(body)
  const parsed = isOdd ? undefined : await parseBySdk(raw)
  const reading = parsed ?? folded
  const usage = usageOf(parsed, folded)
  return {
    choices: toChoices(reading).map((choice, index) => ({
      ...choice,
      reasoning: choices[index]?.reasoning ?? '',
    })),
    opaque: [],
    ...(usage ? { usage } : {}),
    reader: parsed ? 'sdk' : 'fold',
  }
}

async function parseBySdk({
  status,
  headers,
  bytes,
  isStream,
}: RawAnswer): Promise<Json | undefined> {
  const client = new OpenAI({
    apiKey: 'none',
    maxRetries: 0,
    fetch: async () => new Response(new Uint8Array(bytes), { status, headers }),
  })
  const request = { model: 'any', messages: [] }
  try {
    const completion = isStream
      ? await client.chat.completions.stream(request).finalChatCompletion()
      : await client.chat.completions.create(request)
    return completion as unknown as Json
  } catch {
    return undefined
  }
}

/**
 * Framings some places use and the SDK's helper glues together: content as a list, calls without an
 * index, a second call on the index of the first.
 */
function isOddlyFramed(body: string): boolean {
  const ids = new Map<unknown, unknown>()
  return readSseEvents(body)
    .flatMap(({ data }) => toList(toFields(parse(data))['choices']))
    .map((choice) => toFields(toFields(choice)['delta']))
    .some((delta) => {
      if (Array.isArray(delta['content'])) return true
      return toList(delta['tool_calls'])
        .map(toFields)
        .some(({ index, id }) => {
          if (index === undefined) return true
          const isSecond = Boolean(id) && ids.has(index) && ids.get(index) !== id
          if (id) ids.set(index, id)
          return isSecond
        })
    })
}

const toFailed = (failure: Failure): Answer => ({ choices: [], opaque: [], failure, reader: 'sdk' })

function toFailure(when: Failure['when'], status: number, body: unknown): Failure {
  const fields = toFields(Array.isArray(body) ? body[0] : body)
  const error = toFields(fields['error'])
  return {
    when,
    meaning: when === 'before' ? toMeaning(status, JSON.stringify(body)) : 'failed',
    status,
    type: toText(error['type']),
    code: toText(error['code']),
    message: toText(error['message']),
  }
}

function failureOf(folded: Json, { status, isStream }: RawAnswer): Failure | undefined {
  const hasBegun = toChoices(folded).some(
    ({ text, reasoning, refusal, toolCalls }) =>
      text + reasoning + refusal !== '' || toolCalls.length > 0,
  )
  const when = isStream && hasBegun ? 'during' : 'before'
  if (folded['error']) return { ...toFailure(when, status, folded), meaning: 'failed' }
  const isFinished = toList(folded['choices']).some((choice) => toFields(choice)['finish_reason'])
  if (isFinished) return undefined
  return { when, meaning: 'failed', status, message: 'the answer has no finish' }
}

/** Adds the chunks of a stream up to one completion, as the API reference describes them. */
function fold(body: string): Json {
  const choices = new Map<number, ReturnType<typeof emptyFold>>()
  let usage: unknown
  let error: unknown
  for (const { data } of readSseEvents(body)) {
    const chunk = toFields(parse(data))
    error ??= chunk['error']
    usage = chunk['usage'] ?? toFields(chunk['x_groq'])['usage'] ?? usage
    for (const item of toList(chunk['choices'])) {
      const choice = toFields(item)
      const index = toNumber(choice['index'])
      const known = choices.get(index) ?? emptyFold()
      choices.set(index, known)
      foldChoice(known, choice)
      usage = choice['usage'] ?? usage
    }
  }
  return {
    choices: [...choices.entries()]
      .sort(([a], [b]) => a - b)
      .map(([, { calls, ...choice }]) => ({
        ...choice,
        message: { ...choice.message, tool_calls: calls },
      })),
    ...(usage ? { usage } : {}),
    ...(error ? { error } : {}),
  }
}

type FoldedCall = { index: unknown; id: string; function: { name: string; arguments: string } }
const emptyFold = () => ({
  message: { content: '', refusal: '', reasoning_content: '' },
  calls: [] as FoldedCall[],
  finish_reason: undefined as string | undefined,
  logprobs: { content: [] as unknown[] },
})

function foldChoice(known: ReturnType<typeof emptyFold>, choice: Json): void {
  const delta = toFields(choice['delta'])
  const { text, thought } = readContent(delta)
  known.message.content += text
  known.message.reasoning_content += thought
  known.message.refusal += toText(delta['refusal'])
  known.logprobs.content.push(...toList(toFields(choice['logprobs'])['content']))
  for (const call of toList(delta['tool_calls'])) foldCall(known.calls, toFields(call))
  if (choice['finish_reason']) known.finish_reason = toText(choice['finish_reason'])
}

/** A new id on the same index is a new call; a piece without an index belongs to the last one. */
function foldCall(calls: FoldedCall[], piece: Json): void {
  const content = toFields(piece['function'] ?? piece['custom'])
  const id = toText(piece['id'])
  const index = piece['index']
  let call = calls.findLast((known) =>
    index === undefined ? !id || known.id === id : known.index === index,
  )
  if (!call || (id && call.id && call.id !== id)) {
    call = { index, id, function: { name: '', arguments: '' } }
    calls.push(call)
  }
  if (id) call.id = id
  if (content['name']) call.function.name = toText(content['name'])
  call.function.arguments += toText(content['arguments'] ?? content['input'])
}

/** Text and thought of a message or delta: thought is the first non-empty of its known places. */
function readContent(message: Json): { text: string; thought: string } {
  const content = message['content']
  const parts = toList(content).map(toFields)
  const text = Array.isArray(content)
    ? parts.map((part) => (part['type'] === 'text' ? toText(part['text']) : '')).join('')
    : toText(content)
  const thinking = parts.flatMap((part) =>
    toList(part['thinking']).map((piece) => toText(toFields(piece)['text'])),
  )
  const details = toList(message['reasoning_details']).map((detail) => {
    const fields = toFields(detail)
    return toText(fields['text']) || toText(fields['summary'])
  })
  const places = [
    toText(message['reasoning_content']),
    toText(message['reasoning']),
    toText(message['reasoning_text']),
    details.join(''),
    thinking.join(''),
  ]
  return { text, thought: places.find((place) => place !== '') ?? '' }
}

function toChoices(completion: Json): readonly Choice[] {
  return toList(completion['choices']).map((item) => {
    const choice = toFields(item)
    const message = toFields(choice['message'])
    const { text, thought } = readContent(message)
    const toolCalls = toList(message['tool_calls']).flatMap((call) => toToolCall(toFields(call)))
    const refusal = toText(message['refusal'])
    const rawFinish = toText(choice['finish_reason'])
    const finish = toFinish(rawFinish, toolCalls.length > 0, refusal !== '')
    return {
      text,
      reasoning: thought,
      refusal,
      toolCalls,
      ...(finish ? { finish, rawFinish } : {}),
      signatures: [],
      redacted: [],
      logprobTokens: toList(toFields(choice['logprobs'])['content']).map((entry) =>
        toText(toFields(entry)['token']),
      ),
    }
  })
}

/** A call cut off in its arguments is no call. */
function toToolCall(call: Json): readonly ToolCall[] {
  const isCustom = call['type'] === 'custom'
  const content = toFields(isCustom ? call['custom'] : call['function'])
  const name = toText(content['name'])
  if (isCustom) return [{ name, arguments: toText(content['input']) }]
  const text = content['arguments']
  const parsed = typeof text === 'string' ? parse(text.trim() === '' ? '{}' : text) : text
  return parsed === undefined ? [] : [{ name, arguments: parsed }]
}

const finishes: { readonly [raw: string]: Finish } = {
  length: 'length',
  model_length: 'length',
  model_context_window_exceeded: 'context-full',
  content_filter: 'filter',
  sensitive: 'filter',
}

function toFinish(raw: string, hasCalls: boolean, isRefused: boolean): Finish | undefined {
  if (raw === '') return undefined
  const known = finishes[raw]
  if (known) return known
  if (hasCalls) return 'tool-calls'
  return isRefused ? 'refusal' : 'end'
}

/** The SDK keeps the last chunk's top-level usage; other places are only known to the fold. */
function usageOf(parsed: Json | undefined, folded: Json): Usage | undefined {
  const choiceUsage = toList(folded['choices']).map((choice) => toFields(choice)['usage'])
  const usage = toFields(
    toFields(parsed)['usage'] ??
      folded['usage'] ??
      toFields(folded['x_groq'])['usage'] ??
      choiceUsage[0],
  )
  if (typeof usage['prompt_tokens'] !== 'number') return undefined
  const input = toFields(usage['prompt_tokens_details'])
  const details = toFields(usage['completion_tokens_details'])
  const reasoning = toNumber(details['reasoning_tokens'] ?? usage['reasoning_tokens'])
  const prompt = toNumber(usage['prompt_tokens'])
  const completion = toNumber(usage['completion_tokens'])
  const cachedPlaces = [
    input['cached_tokens'],
    usage['prompt_cache_hit_tokens'],
    usage['cached_tokens'],
    usage['num_cached_tokens'],
  ]
  // Some places count thought on top of completion_tokens: only the total tells.
  const isOnTop = reasoning > 0 && usage['total_tokens'] === prompt + completion + reasoning
  return {
    input: prompt,
    // One place has told more cached tokens than the whole prompt: a part is never more.
    cacheRead: Math.min(prompt, toNumber(cachedPlaces.find((place) => typeof place === 'number'))),
    cacheWrite: toNumber(input['cache_write_tokens']),
    output: isOnTop ? completion + reasoning : completion,
    reasoning,
  }
}
