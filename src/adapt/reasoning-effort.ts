// How much to think, in the terms the target knows: efforts, a budget of tokens, or its own judgement.

import type { ChatRequest, Effort, Reasoning } from '../core/chat.ts'
import { efforts } from '../core/chat.ts'
import type { Losses } from '../core/loss.ts'
import type { Profile } from '../core/profile.ts'
import { defineRewrite, without } from './rewrite.ts'

/** Tokens of thought that stand for an effort, and the other way round, where a target knows one only. */
export const effortBudgets = {
  none: 0,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_768,
  max: 65_536,
} as const satisfies Record<Effort, number>

/** The effort a budget of tokens amounts to. */
export const toEffort = (budgetTokens: number): Effort => {
  if (budgetTokens < 2000) return 'low'
  if (budgetTokens < 8000) return 'medium'
  return budgetTokens < 24_000 ? 'high' : 'xhigh'
}

// The least budget that places with budgets take, and the room an answer needs beside its thought.
const minBudgetTokens = 1024
const answerTokens = 4096

export const reasoningEffort = defineRewrite('reasoning-effort', (request, { profile, losses }) => {
  const { reasoning } = request
  if (!reasoning) return request
  switch (profile.reasoning.ask) {
    case 'none':
      return withoutReasoning(request, reasoning, losses)
    case 'effort':
    case 'adaptive':
      return withReasoning(request, byEffort(reasoning, profile, losses))
    case 'budget':
      return byBudget(request, reasoning, profile, losses)
    case 'switch':
      return request
    default:
      return profile.reasoning.ask satisfies never
  }
})

const withReasoning = (request: ChatRequest, reasoning: Reasoning): ChatRequest =>
  reasoning === request.reasoning ? request : { ...request, reasoning }

const spelling = ({ effort }: Reasoning): string =>
  effort === undefined ? 'thinking' : 'reasoning_effort'

function withoutReasoning(request: ChatRequest, reasoning: Reasoning, losses: Losses): ChatRequest {
  if (reasoning.mode !== 'off')
    losses.add('dropped', spelling(reasoning), 'The model does not reason on demand')
  return without(request, 'reasoning')
}

function byEffort(reasoning: Reasoning, { reasoning: can }: Profile, losses: Losses): Reasoning {
  if (reasoning.mode === 'off') return lowestWhenNeverOff(reasoning, can, losses)
  let settled = reasoning
  if (reasoning.budgetTokens !== undefined) {
    losses.add('changed', 'budget_tokens', 'The model takes no budget of tokens, only an effort')
    const effort = reasoning.effort ?? toEffort(reasoning.budgetTokens)
    settled = { ...without(reasoning, 'budgetTokens'), effort }
  }
  const { effort } = settled
  if (effort === undefined || can.efforts.includes(effort)) return settled
  const nearest = nearestEffort(effort, can.efforts)
  if (nearest !== undefined) {
    losses.add('changed', 'reasoning_effort', `The model knows no effort "${effort}": "${nearest}"`)
    return { ...settled, effort: nearest }
  }
  // A budget was already reported as changed.
  if (reasoning.effort !== undefined)
    losses.add('dropped', 'reasoning_effort', 'The model takes no effort: it decides by itself')
  return without(settled, 'effort')
}

/** Some models always think: the least they can is the nearest to "off". */
function lowestWhenNeverOff(
  reasoning: Reasoning,
  can: Profile['reasoning'],
  losses: Losses,
): Reasoning {
  const lowest = efforts.find((effort) => can.efforts.includes(effort))
  if (can.ask !== 'effort' || lowest === undefined || lowest === 'none') return reasoning
  losses.add('changed', 'reasoning_effort', `The model cannot stop reasoning: "${lowest}"`)
  return { mode: 'on', effort: lowest }
}

/** The greatest known effort not above the wanted one; failing that, the least known one. */
function nearestEffort(wanted: Effort, known: readonly Effort[]): Effort | undefined {
  const ordered = efforts.filter((effort) => known.includes(effort) && effort !== 'none')
  const limit = efforts.indexOf(wanted)
  return ordered.findLast((effort) => efforts.indexOf(effort) <= limit) ?? ordered[0]
}

function byBudget(
  request: ChatRequest,
  reasoning: Reasoning,
  { reasoning: can, limits }: Profile,
  losses: Losses,
): ChatRequest {
  if (reasoning.mode === 'off') return request
  const wanted = reasoning.budgetTokens ?? effortBudgets[reasoning.effort ?? 'medium']
  const limit = Math.min(
    request.limits?.maxOutputTokens ?? Number.POSITIVE_INFINITY,
    limits.maxOutputTokens ?? Number.POSITIVE_INFINITY,
  )
  const budgetTokens = Math.min(wanted, greatestBudget(reasoning, limit))
  if (budgetTokens <= 0 || (budgetTokens < wanted && budgetTokens < minBudgetTokens)) {
    losses.add('dropped', spelling(reasoning), `No room to think in ${limit} output tokens`)
    return { ...request, reasoning: { mode: 'off' } }
  }
  if (budgetTokens < wanted && reasoning.budgetTokens !== undefined)
    losses.add('changed', 'budget_tokens', `The budget must be below ${limit} output tokens`)
  if (reasoning.budgetTokens === undefined)
    losses.add('emulated', spelling(reasoning), `Thinking takes up to ${budgetTokens} tokens`)
  else if (reasoning.mode === 'adaptive')
    losses.add('emulated', 'thinking', 'The model cannot decide by itself how much to think')
  const settled = withRoom(request, budgetTokens, limits)
  const isKnown = reasoning.effort === undefined || can.efforts.includes(reasoning.effort)
  if (reasoning.mode === 'on' && reasoning.budgetTokens === budgetTokens && isKnown) return settled
  if (!isKnown && reasoning.budgetTokens !== undefined)
    losses.add('dropped', 'reasoning_effort', 'The model takes a budget of tokens, no effort')
  const rest = isKnown ? reasoning : without(reasoning, 'effort')
  return { ...settled, reasoning: { ...rest, mode: 'on', budgetTokens } }
}

/** A client's own budget may fill its limit; one we derive leaves a fifth for the answer. */
const greatestBudget = ({ budgetTokens }: Reasoning, limit: number): number =>
  budgetTokens === undefined
    ? Math.max(Math.min(minBudgetTokens, limit - 1), Math.floor(limit * 0.8))
    : limit - 1

/** Where a limit must be sent and nobody gave one, it is made greater than the budget. */
function withRoom(
  request: ChatRequest,
  budgetTokens: number,
  limits: Profile['limits'],
): ChatRequest {
  const isGiven =
    request.limits?.maxOutputTokens !== undefined || limits.maxOutputTokens !== undefined
  if (isGiven || !limits.isMaxOutputRequired) return request
  return {
    ...request,
    limits: { ...request.limits, maxOutputTokens: budgetTokens + answerTokens },
  }
}
