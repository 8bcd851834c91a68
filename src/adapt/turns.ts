// The order of speakers as the target wants it: alternating, the user first, and no last word of the
// assistant where it is not continued.

import type { ChatRequest, Turn, UserPart } from '../core/chat.ts'
import type { Losses } from '../core/loss.ts'
import type { Profile } from '../core/profile.ts'
import { mergeTurns } from './merge-turns.ts'
import { defineRewrite, isThinkingExclusively, withTurns } from './rewrite.ts'

export const turns = defineRewrite('turns', (request, { profile, losses, target }) => {
  const isPrefillTaken = profile.turns.prefill && !isThinkingExclusively(request, profile)
  let settled = profile.turns.mustAlternate ? alternating(request.turns, losses) : request.turns
  if (!isPrefillTaken) settled = withoutPrefill(settled, target.dialect, losses)
  return withTurns(request, withUser(request, settled, profile, losses))
})

function alternating(turns: readonly Turn[], losses: Losses): readonly Turn[] {
  const groups: Turn[][] = []
  for (const turn of turns) {
    const group = groups.at(-1)
    if (group?.[0]?.role === turn.role) group.push(turn)
    else groups.push([turn])
  }
  if (groups.length === turns.length) return turns
  return groups.flatMap(([first, ...rest]) => {
    if (!first || rest.length === 0) return first ?? []
    return mergeTurns(first, rest, losses)
  })
}

function withoutPrefill(turns: readonly Turn[], dialect: string, losses: Losses): readonly Turn[] {
  const end = turns.findLastIndex(({ role }) => role !== 'assistant') + 1
  if (end === turns.length) return turns
  // A turn that ends in the target's own block is a paused one to be resumed, not a prefill.
  const last = turns.at(-1)?.parts.at(-1)
  if (last?.type === 'opaque' && last.dialect === dialect) return turns
  losses.add(
    'dropped',
    'prefill',
    'The model does not continue a last assistant message: it answers the message before it',
  )
  return turns.slice(0, end)
}

const goOn: Turn & { readonly role: 'user' } = {
  role: 'user',
  parts: [{ type: 'text', text: '(continue)' }] satisfies readonly UserPart[],
}

function withUser(
  request: ChatRequest,
  turns: readonly Turn[],
  { turns: rules }: Profile,
  losses: Losses,
): readonly Turn[] {
  const first = turns.find(({ role }) => role !== 'system')
  const isStrict = rules.mustAlternate || !rules.emptyText
  const isMissing = first ? rules.mustAlternate && first.role === 'assistant' : isStrict
  const isLost = turns.length === 0 && request.turns.length > 0
  if (!isMissing && !isLost) return turns
  losses.add('emulated', 'messages', 'The target wants a user message first: "(continue)"')
  const at = turns.findIndex(({ role }) => role !== 'system')
  return at < 0 ? [...turns, goOn] : [...turns.slice(0, at), goOn, ...turns.slice(at)]
}
