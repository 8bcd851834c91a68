// `thinking`, `output_config` and the gateway's own `think` as how much to think and in what form to
// answer.

import { type ChatRequest, type Effort, efforts, type Reasoning } from '../../core/chat.ts'
import { isJsonObject, type Json, type JsonObject, omit } from '../../core/json.ts'
import { badField, readCount, readObject, show } from './fields.ts'

export type ReasoningFields = {
  readonly reasoning?: Reasoning
  readonly output?: ChatRequest['output']
  /** Parts of these fields that have no neutral word, to go back to targets of this dialect. */
  readonly leftovers: JsonObject
}

/** Throws `bad-request` for values of the wrong kind; unknown words are left over. */
export function decodeReasoning(body: JsonObject): ReasoningFields {
  const config = readObject(body, 'output_config', 'output_config') ?? {}
  const effort = toEffort(config['effort'])
  const format = config['format'] ?? body['output_format']
  const output = decodeFormat(format)
  const thinking = decodeThinking(body)
  const think = decodeThink(body['think'])
  const taken = new Set([
    ...(effort || config['effort'] === null ? ['effort'] : []),
    ...(output || config['format'] === null ? ['format'] : []),
  ])
  const rest = omit(config, taken)
  const isOldFormatLeft = !output && isJsonObject(body['output_format'])
  return {
    ...joinReasoning(thinking.reasoning ?? think, effort),
    ...(output ? { output } : {}),
    leftovers: {
      ...(thinking.leftover === undefined ? {} : { thinking: thinking.leftover }),
      // Effort alone does not switch thinking on: null keeps a target of this dialect from hearing so.
      ...(effort && !thinking.reasoning && !thinking.leftover && !think ? { thinking: null } : {}),
      ...(Object.keys(rest).length > 0 ? { output_config: rest } : {}),
      ...(isOldFormatLeft ? { output_format: body['output_format'] } : {}),
    },
  }
}

function joinReasoning(
  reasoning: Reasoning | undefined,
  effort: Effort | undefined,
): { readonly reasoning?: Reasoning } {
  if (!effort) return reasoning ? { reasoning } : {}
  return { reasoning: { mode: 'adaptive', ...reasoning, effort } }
}

const toEffort = (value: Json | undefined): Effort | undefined =>
  efforts.find((effort) => effort === value)

const plainThinkingKeys = new Set(['type', 'budget_tokens', 'display'])

function decodeThinking(body: JsonObject): {
  readonly reasoning?: Reasoning
  readonly leftover?: JsonObject
} {
  const thinking = readObject(body, 'thinking', 'thinking')
  if (!thinking) return {}
  const { type, display } = thinking as { [key: string]: Json | undefined }
  if (typeof type !== 'string')
    throw badField('thinking.type', `must be a string, e.g. "enabled"; got ${show(type)}`)
  const budgetTokens = readCount(thinking, 'budget_tokens', 'thinking.budget_tokens')
  const shown =
    display === 'summarized' ? { isShown: true } : display === 'omitted' ? { isShown: false } : {}
  const isPlain =
    Object.keys(thinking).every((key) => plainThinkingKeys.has(key)) &&
    (typeof display !== 'string' || 'isShown' in shown)
  const leftover = isPlain ? {} : { leftover: thinking }
  switch (type) {
    case 'enabled':
      return {
        reasoning: {
          mode: 'on',
          ...(budgetTokens === undefined ? {} : { budgetTokens }),
          ...shown,
        },
        ...leftover,
      }
    case 'adaptive':
      return { reasoning: { mode: 'adaptive', ...shown }, ...leftover }
    case 'disabled':
      return { reasoning: { mode: 'off' }, ...leftover }
    default:
      return { leftover: thinking }
  }
}

/** The gateway's own field: a switch or an effort. */
function decodeThink(think: Json | undefined): Reasoning | undefined {
  if (think === undefined || think === null) return undefined
  if (typeof think === 'boolean') return { mode: think ? 'on' : 'off' }
  const effort = toEffort(think)
  if (effort) return effort === 'none' ? { mode: 'off' } : { mode: 'on', effort }
  throw badField('think', `must be true, false or one of ${efforts.join(', ')}; got ${show(think)}`)
}

function decodeFormat(format: Json | undefined): ChatRequest['output'] {
  if (!isJsonObject(format)) return undefined
  const schema = format['schema']
  const isPlain = Object.keys(format).every((key) => key === 'type' || key === 'schema')
  return format['type'] === 'json_schema' && isJsonObject(schema) && isPlain
    ? { type: 'schema', schema }
    : undefined
}
