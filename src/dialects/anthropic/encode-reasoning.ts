// How much to think, in the form the target asks for, and how many tokens that leaves for the answer.

import { type ChatRequest, type Effort, efforts, type Reasoning } from '../../core/chat.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'
import type { Profile } from '../../core/profile.ts'

export type ThinkingPlan = {
  readonly thinking?: JsonObject
  readonly effort?: Effort
  readonly isThinking: boolean
  /** `max_tokens`; undefined = the target needs none. */
  readonly maxTokens: number | undefined
}

/** What every Messages model can write; used where nobody says a limit. */
const defaultMaxTokens = 4096
/** The least the API takes as `budget_tokens`. */
const minBudget = 1024
/** What an answer gets beside its thought when nobody says a limit. */
const answerTokens = 4096
/** Of a limit the client set, thought derived from an effort takes at most this share. */
const budgetShare = 0.8

const budgetOf = {
  none: minBudget,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16384,
  xhigh: 32768,
  max: 65536,
} as const satisfies Record<Effort, number>

const effortOf = (budget: number): Effort =>
  budget < 2000 ? 'low' : budget < 8000 ? 'medium' : budget < 24000 ? 'high' : 'xhigh'

/** `mustNotThink`: an earlier step of the running tool loop has no thought to go on from. */
export function planThinking(
  request: ChatRequest,
  profile: Profile,
  losses: Losses,
  mustNotThink: boolean,
): ThinkingPlan {
  const { reasoning } = request
  const { ask, efforts: known } = profile.reasoning
  const maxTokens = (): number | undefined => planMaxTokens(request, profile, losses)
  if (!reasoning) return { isThinking: false, maxTokens: maxTokens() }
  if (reasoning.mode === 'off') {
    return {
      ...(ask === 'none' ? {} : { thinking: { type: 'disabled' } }),
      ...effortWithoutThinking(reasoning, profile, losses),
      isThinking: false,
      maxTokens: maxTokens(),
    }
  }
  if (ask === 'none') {
    losses.add('dropped', 'thinking', 'The model cannot think')
    return { isThinking: false, maxTokens: maxTokens() }
  }
  if (ask === 'adaptive' || ask === 'effort') {
    const effort = nearestEffort(wantedEffort(reasoning, losses), known, losses)
    return {
      ...(ask === 'adaptive' ? { thinking: { type: 'adaptive', ...display(reasoning) } } : {}),
      ...(effort ? { effort } : {}),
      isThinking: ask === 'adaptive',
      maxTokens: maxTokens(),
    }
  }
  if (mustNotThink) {
    losses.add(
      'dropped',
      'thinking',
      'The running tool loop began without thought of this target, which it then refuses to go on from',
    )
    return { isThinking: false, maxTokens: maxTokens() }
  }
  return planBudget(request, reasoning, profile, losses)
}

/** Effort also steers how much is written, so it may stand without thinking. */
function effortWithoutThinking(
  { effort: wanted }: Reasoning,
  { reasoning: { ask, efforts: known } }: Profile,
  losses: Losses,
): { readonly effort?: Effort } {
  if (ask === 'adaptive' || ask === 'effort') {
    const effort = nearestEffort(wanted, known, losses)
    return effort ? { effort } : {}
  }
  if (wanted && wanted !== 'none') losses.add('dropped', 'effort', 'The model has no efforts')
  return {}
}

const display = ({ isShown }: Reasoning): JsonObject =>
  isShown === undefined ? {} : { display: isShown ? 'summarized' : 'omitted' }

function planMaxTokens(request: ChatRequest, profile: Profile, losses: Losses): number | undefined {
  const asked = request.limits?.maxOutputTokens
  const { isMaxOutputRequired, maxOutputTokens } = profile.limits
  if (asked !== undefined || !isMaxOutputRequired) return asked
  if (maxOutputTokens !== undefined) return maxOutputTokens
  losses.add(
    'emulated',
    'max_tokens',
    `The target needs a limit and the model's own is not known; ${defaultMaxTokens} was sent`,
  )
  return defaultMaxTokens
}

function wantedEffort({ effort, budgetTokens }: Reasoning, losses: Losses): Effort | undefined {
  if (effort || budgetTokens === undefined) return effort
  losses.add('emulated', 'budget_tokens', 'The target takes an effort instead of a budget')
  return effortOf(budgetTokens)
}

/** The wanted effort or the nearest lower one the model has; the lowest when there is none. */
function nearestEffort(
  wanted: Effort | undefined,
  known: readonly Effort[],
  losses: Losses,
): Effort | undefined {
  if (!wanted || wanted === 'none') return undefined
  if (known.includes(wanted)) return wanted
  const ordered = efforts.filter((effort) => effort !== 'none' && known.includes(effort))
  const nearest =
    ordered.findLast((effort) => efforts.indexOf(effort) < efforts.indexOf(wanted)) ?? ordered[0]
  if (nearest)
    losses.add('changed', 'effort', `The model has no effort "${wanted}"; "${nearest}" was sent`)
  else losses.add('dropped', 'effort', 'The model has no efforts')
  return nearest
}

function planBudget(
  request: ChatRequest,
  reasoning: Reasoning,
  profile: Profile,
  losses: Losses,
): ThinkingPlan {
  const asked = request.limits?.maxOutputTokens
  const { effort, budgetTokens } = reasoning
  const isGiven = budgetTokens !== undefined
  if (!isGiven && effort)
    losses.add('emulated', 'effort', 'The model takes a budget of tokens instead of an effort')
  const wanted = Math.max(minBudget, isGiven ? budgetTokens : budgetOf[effort ?? 'medium'])
  const limit = asked ?? profile.limits.maxOutputTokens
  const budget = limit === undefined ? wanted : Math.min(wanted, ceilingOf(limit, isGiven))
  if (budget < minBudget) {
    losses.add(
      'dropped',
      'thinking',
      `max_tokens is ${limit}; thinking needs at least ${minBudget + 1}`,
    )
    return { isThinking: false, maxTokens: planMaxTokens(request, profile, losses) }
  }
  if (isGiven && budget !== budgetTokens)
    losses.add('changed', 'budget_tokens', `A budget of ${budget} tokens fits the target's limits`)
  return {
    thinking: { type: 'enabled', budget_tokens: budget, ...display(reasoning) },
    isThinking: true,
    maxTokens: limit ?? budget + answerTokens,
  }
}

/** The most a budget may be below `limit`: a derived one leaves room for the answer. */
function ceilingOf(limit: number, isGiven: boolean): number {
  if (isGiven) return limit - 1
  return Math.min(limit - 1, Math.max(minBudget, Math.floor(limit * budgetShare)))
}
