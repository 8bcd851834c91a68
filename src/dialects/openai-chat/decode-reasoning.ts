// How much a client wants a model to think, in any of the words this dialect's servers know.

import { type Effort, efforts, type Reasoning } from '../../core/chat.ts'
import { isJsonObject, type JsonObject, withoutUndefined } from '../../core/json.ts'
import { fromBody, readBoolean, readNumber, readString, refuse, type Source } from './read.ts'

/** Top-level fields read here. What else they hold is carried verbatim. */
export const reasoningFields = [
  'think',
  'thinking',
  'reasoning',
  'reasoning_effort',
  'enable_thinking',
  'thinking_budget',
  'include_reasoning',
] as const

const toEffort = (word: string | undefined): Effort | undefined =>
  efforts.find((effort) => effort === word?.toLowerCase())

type Wish = {
  readonly isOn?: boolean | undefined
  readonly isAdaptive?: boolean | undefined
  readonly effort?: Effort | undefined
  readonly budgetTokens?: number | undefined
  readonly isShown?: boolean | undefined
}

const switches: { readonly [type: string]: Wish } = {
  enabled: { isOn: true },
  disabled: { isOn: false },
  auto: { isOn: true, isAdaptive: true },
  adaptive: { isOn: true, isAdaptive: true },
}

function fromThinking(body: JsonObject): Wish {
  const value = body['thinking'] ?? undefined
  if (value === undefined) return {}
  if (typeof value === 'boolean') return { isOn: value }
  if (!isJsonObject(value)) return refuse('thinking', value, 'true, false or an object with a type')
  const source: Source = { fields: value, path: 'thinking' }
  const type = readString(source, 'type')
  const wish =
    type === undefined
      ? {}
      : (switches[type] ?? refuse('thinking.type', type, 'enabled, disabled, auto or adaptive'))
  return { ...wish, budgetTokens: readNumber(source, 'budget_tokens', { min: 0, isInteger: true }) }
}

function fromReasoning(body: JsonObject): Wish {
  const value = body['reasoning'] ?? undefined
  if (value === undefined) return {}
  if (!isJsonObject(value)) return refuse('reasoning', value, 'an object, e.g. {"effort": "high"}')
  const source: Source = { fields: value, path: 'reasoning' }
  const isHidden = readBoolean(source, 'exclude')
  const effort = readString(source, 'effort')
  return {
    isOn: readBoolean(source, 'enabled'),
    effort: toEffort(effort),
    budgetTokens: readNumber(source, 'max_tokens', { min: 0, isInteger: true }),
    isShown: isHidden === undefined ? undefined : !isHidden,
  }
}

/** The wish in neutral words; undefined when the client said nothing about it. */
export function decodeReasoning(body: JsonObject): Reasoning | undefined {
  const source = fromBody(body)
  const thinking = fromThinking(body)
  const reasoning = fromReasoning(body)
  const isOn =
    readBoolean(source, 'think') ??
    thinking.isOn ??
    reasoning.isOn ??
    readBoolean(source, 'enable_thinking')
  const effort = toEffort(readString(source, 'reasoning_effort')) ?? reasoning.effort
  const budgetTokens =
    thinking.budgetTokens ??
    reasoning.budgetTokens ??
    readNumber(source, 'thinking_budget', { min: 0, isInteger: true })
  const isShown = reasoning.isShown ?? readBoolean(source, 'include_reasoning')
  if ([isOn, effort, budgetTokens, isShown].every((wish) => wish === undefined)) return undefined
  const isOff = isOn === false || (isOn === undefined && (effort === 'none' || budgetTokens === 0))
  if (isOff) return withoutUndefined({ mode: 'off' as const, isShown }) as Reasoning
  if (isOn === undefined && effort === undefined && budgetTokens === undefined) return undefined
  return withoutUndefined({
    mode: thinking.isAdaptive ? ('adaptive' as const) : ('on' as const),
    effort: effort === 'none' ? undefined : effort,
    budgetTokens,
    isShown,
  }) as Reasoning
}

const understood: { readonly [field: string]: ReadonlySet<string> } = {
  thinking: new Set(['type', 'budget_tokens']),
  reasoning: new Set(['effort', 'max_tokens', 'exclude', 'enabled']),
}

/**
 * What of these fields has no neutral word: it goes to targets of this dialect as it came. A wish only
 * about showing thought, not about thinking, is such a thing.
 */
export function carriedReasoning(body: JsonObject, reasoning: Reasoning | undefined): JsonObject {
  const carried: Record<string, JsonObject[string]> = {}
  if (!reasoning) {
    for (const field of ['reasoning', 'include_reasoning'])
      if (body[field] !== undefined && body[field] !== null) carried[field] = body[field]
  }
  for (const [field, known] of Object.entries(understood)) {
    const value = body[field]
    if (!isJsonObject(value) || carried[field] !== undefined) continue
    const more = Object.entries(value).filter(([key, inner]) => !known.has(key) && inner !== null)
    if (more.length > 0) carried[field] = Object.fromEntries(more)
  }
  const { reasoning_effort: effort } = body
  if (typeof effort === 'string' && toEffort(effort) === undefined)
    carried['reasoning_effort'] = effort
  return carried
}
