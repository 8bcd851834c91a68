// A client's body as a neutral request. Read tolerantly: what has no neutral word is carried.

import type { ChatRequest, Output, Sampling } from '../../core/chat.ts'
import type { WireRequest } from '../../core/dialect.ts'
import { GatewayError } from '../../core/error.ts'
import { type Json, type JsonObject, withoutUndefined } from '../../core/json.ts'
import { type Conversation, decodeMessages } from './decode-messages.ts'
import { carriedReasoning, decodeReasoning, reasoningFields } from './decode-reasoning.ts'
import { decodeToolChoice, decodeTools } from './decode-tools.ts'
import { mergeFields, toOwnExtensions, unknownFields } from './names.ts'
import { checkOwnFields, ownFields } from './own-fields.ts'
import {
  fromBody,
  readBoolean,
  readNumber,
  readObject,
  readString,
  refuse,
  type Source,
} from './read.ts'

const knownFields: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'n',
  'tools',
  'functions',
  'parallel_tool_calls',
  'user',
  'service_tier',
  'prompt_cache_key',
  'verbosity',
  ...reasoningFields,
  ...ownFields,
])

// Ours as plain values; as objects they belong to some server of this dialect.
const sharedFields = ['provider', 'prompt'] as const

function decodeConversation(body: JsonObject): Conversation {
  const hasMessages = body['messages'] !== undefined && body['messages'] !== null
  const prompt = body['prompt'] ?? undefined
  if (!hasMessages && prompt === undefined)
    throw new GatewayError('bad-request', 'Nothing to answer: send "messages" or "prompt"', {
      code: 'missing_input',
      param: 'messages',
    })
  if (hasMessages && prompt !== undefined && !isShared(prompt))
    throw new GatewayError('bad-request', 'Send either "messages" or "prompt", not both', {
      code: 'ambiguous_input',
      param: 'prompt',
    })
  if (hasMessages) return decodeMessages(body)
  if (typeof prompt !== 'string' || prompt.trim() === '')
    return refuse('prompt', prompt, 'a string that is not blank')
  return { system: [], turns: [{ role: 'user', parts: [{ type: 'text', text: prompt }] }] }
}

const isShared = (value: JsonObject[string]): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function decodeSampling(source: Source): Sampling | undefined {
  const choices = readNumber(source, 'n', { min: 1, isInteger: true })
  const topK = readNumber(source, 'top_k', { isInteger: true })
  const sampling: Sampling = withoutUndefined({
    temperature: readNumber(source, 'temperature', { min: 0, max: 2 }),
    topP: readNumber(source, 'top_p'),
    // Servers that know it take 0 and -1 for "off".
    topK: topK !== undefined && topK > 0 ? topK : undefined,
    minP: readNumber(source, 'min_p'),
    seed: readNumber(source, 'seed', { isInteger: true }),
    frequencyPenalty: readNumber(source, 'frequency_penalty'),
    presencePenalty: readNumber(source, 'presence_penalty'),
    repeatPenalty: readNumber(source, 'repeat_penalty'),
    logitBias: readObject(source, 'logit_bias'),
    logprobs: readBoolean(source, 'logprobs'),
    topLogprobs: readNumber(source, 'top_logprobs', { min: 0, isInteger: true }),
    choices: choices === 1 ? undefined : choices,
  })
  return Object.keys(sampling).length === 0 ? undefined : sampling
}

function readStop(body: JsonObject): readonly string[] | undefined {
  const value = body['stop'] ?? undefined
  if (value === undefined) return undefined
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const stops = list.map((stop, position) =>
    typeof stop === 'string'
      ? stop
      : refuse(Array.isArray(value) ? `stop[${position}]` : 'stop', stop, 'a string'),
  )
  const told = stops.filter((stop) => stop !== '')
  return told.length === 0 ? undefined : told
}

function decodeLimits(source: Source): ChatRequest['limits'] {
  const readLimit = (key: string): number | undefined => {
    // Some clients say -1 for "no limit".
    if (source.fields[key] === -1) return undefined
    return readNumber(source, key, { min: 1, isInteger: true })
  }
  const older = readLimit('max_tokens')
  const limits = withoutUndefined({
    maxOutputTokens: readLimit('max_completion_tokens') ?? older,
    stop: readStop(source.fields),
  })
  return Object.keys(limits).length === 0 ? undefined : limits
}

/** The wished form of the answer; undefined when none is named, or one only some servers know. */
function decodeOutput(body: JsonObject): Output | undefined {
  const format = readObject(fromBody(body), 'response_format')
  if (!format) return undefined
  const source: Source = { fields: format, path: 'response_format' }
  const type = readString(source, 'type')
  if (type === 'text') return { type: 'text' }
  if (type !== 'json_object' && type !== 'json_schema')
    return type === undefined
      ? refuse('response_format.type', type, '"text", "json_object" or "json_schema"')
      : undefined
  const outer = readObject(source, 'json_schema')
  const inner: Source = outer ? { fields: outer, path: 'response_format.json_schema' } : source
  const schema = readObject(inner, 'schema')
  if (!schema) {
    return type === 'json_object'
      ? { type: 'json' }
      : refuse(`${inner.path}.schema`, inner.fields['schema'], 'a JSON Schema')
  }
  return withoutUndefined({
    type: 'schema' as const,
    schema,
    name: readString(inner, 'name'),
    description: readString(inner, 'description'),
    isStrict: readBoolean(inner, 'strict'),
  }) as Output
}

function decodeMeta(source: Source): ChatRequest['meta'] {
  const meta = withoutUndefined({
    user: readString(source, 'user') ?? readString(source, 'safety_identifier'),
    serviceTier: readString(source, 'service_tier'),
    cacheKey: readString(source, 'prompt_cache_key'),
    verbosity: readString(source, 'verbosity'),
  })
  return Object.keys(meta).length === 0 ? undefined : meta
}

type Understood = Pick<ChatRequest, 'output' | 'toolChoice' | 'reasoning' | 'meta'>

/** What answers are anyway. */
const isTextOnly = (modalities: Json | undefined): boolean =>
  Array.isArray(modalities) && modalities.length === 1 && modalities[0] === 'text'

/** Everything in the body that got no neutral word. */
function carried(
  body: JsonObject,
  { output, toolChoice, reasoning, meta }: Understood,
): JsonObject {
  const known = new Set(knownFields)
  if (output) known.add('response_format')
  if (toolChoice) known.add('tool_choice').add('function_call')
  if (meta?.user === body['safety_identifier']) known.add('safety_identifier')
  known.add('stream_options')
  if (isTextOnly(body['modalities'])) known.add('modalities')
  const { include_usage: _include, ...streamOptions } =
    readObject(fromBody(body), 'stream_options') ?? {}
  const shared = Object.fromEntries(
    sharedFields.filter((name) => isShared(body[name])).map((name) => [name, body[name]]),
  )
  return mergeFields(unknownFields(body, known)?.fields ?? {}, {
    ...carriedReasoning(body, reasoning),
    ...shared,
    ...(Object.keys(streamOptions).length > 0 ? { stream_options: streamOptions } : {}),
  })
}

function readModel(body: JsonObject): string {
  const model = body['model'] ?? ''
  return typeof model === 'string' ? model.trim() : refuse('model', model, 'the name of a model')
}

/** Throws `bad-request` naming the path, the value and what would be right. */
export function decodeRequest({ body }: WireRequest): ChatRequest {
  const source = fromBody(body)
  const conversation = decodeConversation(body)
  checkOwnFields(body)
  const tools = decodeTools(body)
  const options: Source = {
    fields: readObject(source, 'stream_options') ?? {},
    path: 'stream_options',
  }
  const understood = {
    toolChoice: decodeToolChoice(body, tools),
    output: decodeOutput(body),
    reasoning: decodeReasoning(body),
    meta: decodeMeta(source),
  }
  return withoutUndefined({
    model: readModel(body),
    ...conversation,
    tools,
    ...understood,
    hasParallelTools: readBoolean(source, 'parallel_tool_calls'),
    limits: decodeLimits(source),
    sampling: decodeSampling(source),
    stream: readBoolean(source, 'stream') ?? false,
    wantsStreamUsage: readBoolean(options, 'include_usage'),
    extensions: toOwnExtensions(carried(body, understood as Understood)),
  }) as ChatRequest
}
