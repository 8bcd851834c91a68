// The wish to think, in the words a target has for it.

import { type ChatRequest, type Effort, efforts, type Reasoning } from '../../core/chat.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'
import type { Profile } from '../../core/profile.ts'

// The borders between efforts where a client names tokens instead.
const budgetBorders: readonly (readonly [belowTokens: number, effort: Effort])[] = [
  [2000, 'low'],
  [8000, 'medium'],
  [24000, 'high'],
]

const toEffort = (budgetTokens: number): Effort =>
  budgetBorders.find(([border]) => budgetTokens < border)?.[1] ?? 'xhigh'

const budgets = {
  none: 0,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16384,
  xhigh: 32768,
  max: 32768,
} as const satisfies Record<Effort, number>

/** The nearest effort the target takes, lower rather than higher. */
function nearest(wanted: Effort, known: readonly Effort[]): Effort | undefined {
  const rank = (effort: Effort): number => efforts.indexOf(effort)
  const ranked = [...known].filter((effort) => effort !== 'none').sort((a, b) => rank(a) - rank(b))
  return ranked.findLast((effort) => rank(effort) <= rank(wanted)) ?? ranked[0]
}

function effortOf(
  reasoning: Reasoning,
  { reasoning: { efforts: known } }: Profile,
  losses: Losses,
): JsonObject {
  const { effort, budgetTokens, mode } = reasoning
  if (mode === 'adaptive' && effort === undefined) return {}
  const wanted = effort ?? (budgetTokens === undefined ? 'medium' : toEffort(budgetTokens))
  const taken = nearest(wanted, known)
  if (taken === undefined) return {}
  if (effort === undefined && budgetTokens !== undefined)
    losses.add(
      'changed',
      'thinking budget',
      `The target takes efforts, not tokens; it was asked for "${taken}"`,
    )
  else if (taken !== wanted && effort !== undefined)
    losses.add(
      'changed',
      'reasoning_effort',
      `The target has no effort "${wanted}"; it was asked for "${taken}"`,
    )
  return { reasoning_effort: taken }
}

function offByEffort({ reasoning: { efforts: known } }: Profile, losses: Losses): JsonObject {
  if (known.includes('none')) return { reasoning_effort: 'none' }
  const least = nearest('minimal', known)
  if (least === undefined) return {}
  losses.add(
    'changed',
    'reasoning_effort',
    `The target cannot stop thinking; it was asked for "${least}"`,
  )
  return { reasoning_effort: least }
}

const usesDetails = ({ reasoning }: Profile): boolean => reasoning.field === 'reasoning_details'

function budgetOf({ effort, budgetTokens }: Reasoning, profile: Profile): JsonObject {
  const tokens = budgetTokens ?? (effort === undefined ? undefined : budgets[effort])
  if (usesDetails(profile))
    return { reasoning: tokens === undefined ? { enabled: true } : { max_tokens: tokens } }
  return { enable_thinking: true, ...(tokens === undefined ? {} : { thinking_budget: tokens }) }
}

/** Some places with a switch take an effort beside it. */
function switchOf(
  reasoning: Reasoning,
  type: string,
  profile: Profile,
  losses: Losses,
): JsonObject {
  if (profile.reasoning.efforts.length > 0 && reasoning.effort !== undefined)
    return { thinking: { type }, ...effortOf(reasoning, profile, losses) }
  if (reasoning.effort !== undefined || reasoning.budgetTokens !== undefined)
    losses.add('changed', 'reasoning_effort', 'The target can only switch thinking on or off')
  return { thinking: { type } }
}

/** The fields that ask for thought, as the profile says the target wants to be asked. */
export function encodeReasoning(
  { reasoning }: ChatRequest,
  profile: Profile,
  losses: Losses,
): JsonObject {
  if (!reasoning) return {}
  const isOff = reasoning.mode === 'off'
  switch (profile.reasoning.ask) {
    case 'none':
      if (!isOff) losses.add('dropped', 'reasoning', 'The target cannot be asked to think')
      return {}
    case 'effort':
      return isOff ? offByEffort(profile, losses) : effortOf(reasoning, profile, losses)
    case 'budget':
      if (isOff)
        return usesDetails(profile) ? { reasoning: { enabled: false } } : { enable_thinking: false }
      return budgetOf(reasoning, profile)
    case 'switch':
    case 'adaptive': {
      if (isOff) return { thinking: { type: 'disabled' } }
      const isAuto = profile.reasoning.ask === 'adaptive' && reasoning.mode === 'adaptive'
      return switchOf(reasoning, isAuto ? 'auto' : 'enabled', profile, losses)
    }
    default:
      return profile.reasoning.ask satisfies never
  }
}
