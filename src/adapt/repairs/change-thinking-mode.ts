// A target refused the way it was asked to think: it takes a budget and was left to decide, or the
// other way round.

import type { AdaptationContext, Repair } from '../../core/adaptation.ts'
import type { ChatRequest, Reasoning } from '../../core/chat.ts'
import type { JsonObject } from '../../core/json.ts'
import { effortBudgets, toEffort } from '../reasoning-effort.ts'
import { without } from '../rewrite.ts'
import { withAdvisedFields } from './advised-fields.ts'
import { isRefusedFor, upstreamWords } from './upstream-words.ts'

const refusal = '[^.]{0,20} (?:is|are) not supported'
const enabledRefused = new RegExp(
  `thinking\\.type\\.enabled${refusal}|thinking[^.]{0,10}enabled[^.]{0,10}${refusal}|budget_tokens${refusal}`,
  'i',
)
const adaptiveRefused = new RegExp(`adaptive(?: thinking)?${refusal}`, 'i')

export const changeThinkingMode: Repair = {
  name: 'change-thinking-mode',
  matches: (error, { reasoning }) => {
    if (!reasoning || reasoning.mode === 'off') return false
    return isRefusedFor(error, enabledRefused) || isRefusedFor(error, adaptiveRefused)
  },
  request: (request, context, error) => {
    const { reasoning } = request
    if (!reasoning) return request
    if (!isRefusedFor(error, enabledRefused)) return withBudget(request, reasoning)
    const effort =
      reasoning.effort ??
      (reasoning.budgetTokens === undefined ? undefined : toEffort(reasoning.budgetTokens))
    const settled: Reasoning = {
      ...without(reasoning, 'budgetTokens'),
      mode: 'adaptive',
      ...(effort ? { effort } : {}),
    }
    const adaptive: ChatRequest = { ...request, reasoning: settled }
    if (reasoning.budgetTokens !== undefined)
      context.losses.add(
        'changed',
        'budget_tokens',
        'The model decides by itself how much to think',
      )
    return asAdvised(adaptive, settled, context, upstreamWords(error))
  },
}

function withBudget(request: ChatRequest, reasoning: Reasoning): ChatRequest {
  const budgetTokens = reasoning.budgetTokens ?? effortBudgets[reasoning.effort ?? 'medium']
  return { ...request, reasoning: { ...reasoning, mode: 'on', budgetTokens } }
}

/**
 * A profile that says "budget" was wrong about this model, so the words the upstream asks for ("Use
 * "a.type.b" and "c.effort"") go out as they are.
 */
function asAdvised(
  request: ChatRequest,
  { effort }: Reasoning,
  context: AdaptationContext,
  words: string,
): ChatRequest {
  if (context.profile.reasoning.ask !== 'budget') return request
  const fields: Record<string, JsonObject> = {}
  const advice = /\buse\b(.*)/is.exec(words)?.[1] ?? ''
  for (const [, group, field, value] of advice.matchAll(/["'`](\w+)\.(\w+)(?:\.(\w+))?["'`]/g)) {
    if (!group || !field) continue
    if (value) fields[group] = { ...fields[group], [field]: value }
    else if (field === 'effort' && effort) fields[group] = { ...fields[group], effort }
  }
  return Object.keys(fields).length > 0 ? withAdvisedFields(request, fields, context) : request
}
