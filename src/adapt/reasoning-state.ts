// Opaque thought (signatures, redacted thought) goes back to where it was made or nowhere. A stranger's
// signature is a refused request, and so is a history with one signed thought missing in the middle.

import type { AdaptationContext } from '../core/adaptation.ts'
import type { Origin, ReasoningPart } from '../core/chat.ts'
import { defineRewrite, isBlank, isSigned, mapParts, without, withTurns } from './rewrite.ts'

export const reasoningState = defineRewrite('reasoning-state', (request, context) => {
  const { profile, target, losses } = context
  const { history } = profile.reasoning
  const isForeign = (part: ReasoningPart): boolean =>
    isSigned(part) && !(part.origin ? isFrom(part.origin, target) : history === 'signed')
  const hasForeign = request.turns.some(
    ({ role, parts }) =>
      role === 'assistant' && parts.some((part) => part.type === 'reasoning' && isForeign(part)),
  )

  const settle = (part: ReasoningPart): ReasoningPart | undefined => {
    const isKept =
      history === 'signed'
        ? isSigned(part) && !hasForeign
        : history === 'text' && !(isSigned(part) && hasForeign)
    if (isKept) return part
    losses.add('dropped', 'reasoning', reasons[history])
    if (history !== 'text' || isBlank(part.text)) return undefined
    return without(part, 'signature', 'redacted', 'origin')
  }
  return withTurns(
    request,
    mapParts(request.turns, {
      assistant: (part) => (part.type === 'reasoning' ? settle(part) : part),
    }),
  )
})

const reasons = {
  never: 'The target takes no earlier thought back',
  text: 'Thought was signed elsewhere: only its text may be sent to this target',
  signed: 'Only thought that this very target signed may be sent back to it',
} as const

const isFrom = (origin: Origin, target: AdaptationContext['target']): boolean =>
  origin.dialect === target.dialect &&
  (origin.provider === undefined || origin.provider === target.provider) &&
  (origin.model === undefined || origin.model === target.model)
