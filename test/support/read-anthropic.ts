// The oracle for Messages: Anthropic's own client parses the bytes. Where it gives up on a stream
// (an event twice, an unknown one, no end), a short fold over the raw JSON reads it.

import Anthropic from '@anthropic-ai/sdk'
import { readSseEvents } from '../../src/testing/index.ts'
import {
  type Answer,
  type Choice,
  type Failure,
  type Finish,
  type Json,
  parse,
  type RawAnswer,
  toFields,
  toList,
  toMeaning,
  toNumber,
  toText,
  type Usage,
} from './answer.ts'

/** What the bytes of a Messages answer say. Never throws: an answer that failed says how. */
export async function readAnthropic(raw: RawAnswer): Promise<Answer> {
  const body = new TextDecoder().decode(raw.bytes)
  if (raw.status >= 400) {
    const failure = toFailure('before', raw.status, parse(body) ?? body)
    return { choices: [], opaque: [], failure, reader: 'sdk' }
  }
  const folded = raw.isStream ? fold(body) : toFields(parse(body))
  const failure = failureOf(folded, raw)
  if (failure) return { ...toAnswer(folded), failure, reader: 'fold' }
  const parsed = await parseBySdk(raw)
  return { ...toAnswer(parsed ?? folded), reader: parsed ? 'sdk' : 'fold' }
}

async function parseBySdk({
  status,
  headers,
  bytes,
  isStream,
}: RawAnswer): Promise<Json | undefined> {
  const client = new Anthropic({
    apiKey: 'none',
    maxRetries: 0,
    fetch: async () => new Response(new Uint8Array(bytes), { status, headers }),
  })
  const request = { model: 'any', max_tokens: 1024, messages: [] }
  try {
    const message = isStream
      ? await client.messages.stream(request).finalMessage()
      : await client.messages.create(request)
    return message as unknown as Json
  } catch {
    return undefined
  }
}

function toFailure(when: Failure['when'], status: number, body: unknown): Failure {
  const error = toFields(toFields(body)['error'])
  return {
    when,
    meaning: when === 'before' ? toMeaning(status, JSON.stringify(body)) : 'failed',
    status,
    type: toText(error['type']),
    message: toText(error['message']),
  }
}

function failureOf(folded: Json, { status, isStream }: RawAnswer): Failure | undefined {
  const when = isStream && toList(folded['content']).length > 0 ? 'during' : 'before'
  if (folded['error']) return { ...toFailure(when, status, folded), meaning: 'failed' }
  if (folded['stop_reason']) return undefined
  return { when, meaning: 'failed', status, message: 'the answer has no stop reason' }
}

type Block = { [key: string]: unknown }

/** Adds the events of a stream up to one message, as the API reference describes them. */
function fold(body: string): Json {
  let message: Block = {}
  let usage: Json = {}
  const content: Block[] = []
  const inputs = new Map<Block, string>()
  for (const { data } of readSseEvents(body)) {
    const event = toFields(parse(data))
    const block = content[toNumber(event['index'])]
    if (event['error']) return { ...message, content, usage, error: event['error'] }
    switch (event['type']) {
      case 'message_start':
        message = { ...toFields(event['message']) }
        usage = toFields(message['usage'])
        break
      case 'content_block_start':
        content[toNumber(event['index'])] = { ...toFields(event['content_block']) }
        break
      case 'content_block_delta':
        if (block) foldDelta(block, toFields(event['delta']), inputs)
        break
      case 'message_delta':
        message = { ...message, ...toFields(event['delta']) }
        usage = { ...usage, ...toFields(event['usage']) }
        break
    }
  }
  for (const [block, text] of inputs) block['input'] = parse(text === '' ? '{}' : text)
  return { ...message, content, usage }
}

function foldDelta(block: Block, delta: Json, inputs: Map<Block, string>): void {
  for (const field of ['text', 'thinking', 'signature']) {
    if (field in delta) block[field] = toText(block[field]) + toText(delta[field])
  }
  if ('partial_json' in delta)
    inputs.set(block, (inputs.get(block) ?? '') + toText(delta['partial_json']))
}

const understood = ['text', 'thinking', 'redacted_thinking', 'tool_use']

function toAnswer(message: Json): Answer {
  const blocks = toList(message['content']).map(toFields)
  const of = (type: string) => blocks.filter((block) => block['type'] === type)
  const joined = (type: string, field: string) => of(type).map((block) => toText(block[field]))
  const rawFinish = toText(message['stop_reason'])
  const usage = toUsage(toFields(message['usage']))
  const choice: Choice = {
    text: joined('text', 'text').join(''),
    reasoning: joined('thinking', 'thinking').join(''),
    refusal: '',
    toolCalls: of('tool_use')
      .filter((block) => block['input'] !== undefined)
      .map((block) => ({ name: toText(block['name']), arguments: block['input'] })),
    ...(rawFinish ? { finish: finishes[rawFinish] ?? 'end', rawFinish } : {}),
    signatures: joined('thinking', 'signature').filter((signature) => signature !== ''),
    redacted: joined('redacted_thinking', 'data'),
    logprobTokens: [],
  }
  return {
    choices: [choice],
    opaque: blocks
      .map((block) => toText(block['type']))
      .filter((type) => !understood.includes(type)),
    ...(usage ? { usage } : {}),
  }
}

const finishes: { readonly [raw: string]: Finish } = {
  end_turn: 'end',
  max_tokens: 'length',
  stop_sequence: 'stop-sequence',
  tool_use: 'tool-calls',
  pause_turn: 'pause',
  refusal: 'refusal',
  model_context_window_exceeded: 'context-full',
}

function toUsage(usage: Json): Usage | undefined {
  if (typeof usage['input_tokens'] !== 'number') return undefined
  const cacheRead = toNumber(usage['cache_read_input_tokens'])
  const cacheWrite = toNumber(usage['cache_creation_input_tokens'])
  return {
    input: toNumber(usage['input_tokens']) + cacheRead + cacheWrite,
    cacheRead,
    cacheWrite,
    output: toNumber(usage['output_tokens']),
    reasoning: toNumber(toFields(usage['output_tokens_details'])['thinking_tokens']),
  }
}
