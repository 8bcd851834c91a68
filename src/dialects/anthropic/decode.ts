// A client's Messages request as a neutral one. Fields not known by name are carried as extensions.

import type { ChatRequest, Extensions, Sampling, SystemPart, Turn } from '../../core/chat.ts'
import type { WireRequest } from '../../core/dialect.ts'
import { toExtensions } from '../../core/extensions.ts'
import { isJsonObject, type Json, type JsonObject, withoutUndefined } from '../../core/json.ts'
import { decodeAssistantParts, decodeSystemParts, decodeUserParts } from './decode-blocks.ts'
import { decodeReasoning, type ReasoningFields } from './decode-reasoning.ts'
import { decodeToolChoice, decodeTools } from './decode-tools.ts'
import {
  badField,
  readCount,
  readFlag,
  readList,
  readNumber,
  readObject,
  readText,
  show,
} from './fields.ts'
import { dialectId, ownFields } from './names.ts'

const known: ReadonlySet<string> = new Set([
  'model',
  'system',
  'messages',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'stream',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
  'service_tier',
  ...ownFields,
])

/** Throws `bad-request` with the field and value at fault. */
export function decodeRequest({ body }: WireRequest): ChatRequest {
  const system = decodeSystem(body['system'])
  const reasoning = decodeReasoning(body)
  const tools = decodeTools(body)
  const maxOutputTokens = readCount(body, 'max_tokens', 'max_tokens')
  const stop = decodeStop(body)
  const sampling = decodeSampling(body)
  const { meta, leftovers } = decodeMeta(body)
  const extensions = joinExtensions(body, { ...reasoning.leftovers, ...leftovers, ...system.rest })
  return {
    model: readText(body, 'model', 'model') ?? '',
    system: system.parts,
    turns: decodeTurns(body['messages']),
    ...(tools ? { tools } : {}),
    ...decodeToolChoice(body),
    ...toRequestFields(reasoning),
    ...(maxOutputTokens !== undefined || stop
      ? { limits: withoutUndefined({ maxOutputTokens, stop }) as ChatRequest['limits'] & object }
      : {}),
    ...(Object.keys(sampling).length > 0 ? { sampling } : {}),
    stream: readFlag(body, 'stream', 'stream') ?? false,
    wantsStreamUsage: true,
    ...(Object.keys(meta).length > 0 ? { meta } : {}),
    ...(extensions ? { extensions } : {}),
  }
}

const toRequestFields = ({
  reasoning,
  output,
}: ReasoningFields): Pick<ChatRequest, 'reasoning' | 'output'> => ({
  ...(reasoning ? { reasoning } : {}),
  ...(output ? { output } : {}),
})

function joinExtensions(body: JsonObject, leftovers: JsonObject): Extensions | undefined {
  const extensions = toExtensions(body, known, dialectId)
  // As an object it is another gateway's own field.
  const provider = isJsonObject(body['provider']) ? { provider: body['provider'] } : {}
  const fields = { ...extensions?.fields, ...provider, ...leftovers }
  return Object.keys(fields).length > 0 ? { dialect: dialectId, fields } : undefined
}

function decodeSystem(system: Json | undefined): {
  readonly parts: readonly SystemPart[]
  readonly rest: JsonObject
} {
  if (system === undefined || system === null || system === '') return { parts: [], rest: {} }
  const { parts, hasOther } = decodeSystemParts(system, 'system')
  return { parts, rest: hasOther ? { system } : {} }
}

function decodeTurns(messages: Json | undefined): readonly Turn[] {
  if (!Array.isArray(messages))
    throw badField('messages', `must be an array of messages; got ${show(messages)}`)
  if (messages.length === 0) throw badField('messages', 'must hold at least one message; got none')
  return messages.map((message: Json, position) => decodeTurn(message, `messages.${position}`))
}

const messageKeys = new Set(['role', 'content'])

function decodeTurn(message: Json, param: string): Turn {
  if (!isJsonObject(message)) throw badField(param, `must be an object; got ${show(message)}`)
  const { role, content } = message as { [key: string]: Json | undefined }
  const extensions = toExtensions(message, messageKeys, dialectId)
  const common = extensions ? { extensions } : {}
  const contentParam = `${param}.content`
  switch (role) {
    case 'user':
      return { role, parts: decodeUserParts(content, contentParam), ...common }
    case 'assistant':
      return { role, parts: decodeAssistantParts(content, contentParam), ...common }
    case 'system': {
      const { parts, hasOther } = decodeSystemParts(content, contentParam)
      // Blocks other than text have no place in a system turn: the whole content goes back as it came.
      const fields = { ...extensions?.fields, ...(hasOther ? { content } : {}) }
      const hasFields = Object.keys(fields).length > 0
      return { role, parts, ...(hasFields ? { extensions: { dialect: dialectId, fields } } : {}) }
    }
    default:
      throw badField(
        `${param}.role`,
        `must be "user", "assistant" or "system"; got ${show(role)}. Instructions for the whole conversation go into the top-level field "system"`,
      )
  }
}

function decodeStop(body: JsonObject): readonly string[] | undefined {
  const stop = readList(body, 'stop_sequences', 'stop_sequences')
  if (!stop || stop.length === 0) return undefined
  return stop.map((sequence, position) => {
    if (typeof sequence !== 'string')
      throw badField(`stop_sequences.${position}`, `must be a string; got ${show(sequence)}`)
    return sequence
  })
}

const decodeSampling = (body: JsonObject): Sampling =>
  withoutUndefined({
    temperature: readNumber(body, 'temperature', 'temperature'),
    topP: readNumber(body, 'top_p', 'top_p'),
    topK: readNumber(body, 'top_k', 'top_k'),
    repeatPenalty: readNumber(body, 'repeat_penalty', 'repeat_penalty'),
  }) as Sampling

const ownTiers: ReadonlySet<Json | undefined> = new Set(['auto', 'standard_only'])

/** What is said of the call itself; values we have no word for stay as they are. */
function decodeMeta(body: JsonObject): {
  readonly meta: NonNullable<ChatRequest['meta']>
  readonly leftovers: JsonObject
} {
  const metadata = readObject(body, 'metadata', 'metadata') ?? {}
  const user = readText(metadata, 'user_id', 'metadata.user_id')
  const rest = toExtensions(metadata, new Set(['user_id']), dialectId)?.fields
  const tier = readText(body, 'service_tier', 'service_tier')
  const isOwnTier = ownTiers.has(tier)
  return {
    meta: withoutUndefined({ user, serviceTier: isOwnTier ? tier : undefined }) as NonNullable<
      ChatRequest['meta']
    >,
    leftovers: {
      ...(rest ? { metadata: rest } : {}),
      ...(tier === undefined || isOwnTier ? {} : { service_tier: tier }),
    },
  }
}
