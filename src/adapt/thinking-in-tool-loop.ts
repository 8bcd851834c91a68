// A place that signs thought wants a tool loop to begin with it. Where that thought is lost (made by
// another model, or by a client with no place for it), thinking is off until the loop is over.

import type { ChatRequest } from '../core/chat.ts'
import type { Losses } from '../core/loss.ts'
import { defineRewrite, isSigned, isThinking } from './rewrite.ts'
import { openLoop } from './segments.ts'

export const thinkingInToolLoop = defineRewrite(
  'thinking-in-tool-loop',
  (request, { profile, losses }) => {
    // A model that decides by itself when to think asks for no earlier thought.
    const { history, ask } = profile.reasoning
    if (history !== 'signed' || ask !== 'budget' || !isThinking(request, profile)) return request
    return isLoopWithoutThought(request) ? withoutThinking(request, losses) : request
  },
)

/** True when the history ends in a tool loop that does not begin with signed thought. */
export function isLoopWithoutThought({ turns }: ChatRequest): boolean {
  const loop = openLoop(turns)
  if (!loop.some(({ parts }) => parts.some(({ type }) => type === 'tool-call'))) return false
  const first = loop[0]?.parts[0]
  return first?.type !== 'reasoning' || !isSigned(first)
}

/** The request with thinking off, and the loss told. */
export function withoutThinking(request: ChatRequest, losses: Losses): ChatRequest {
  losses.add(
    'dropped',
    'thinking',
    'The tool loop began without thought this target signed: it does not think until the loop ends',
  )
  return { ...request, reasoning: { mode: 'off' } }
}
