// Reads a history as steps: what the model said in a row, and what it was told after that.

import type { ToolCallPart, ToolResultPart, Turn } from '../core/chat.ts'
import type { AssistantTurn } from './rewrite.ts'

type ToldTurn = Exclude<Turn, { readonly role: 'assistant' }>

/** Consecutive assistant turns and the user and system turns up to the next assistant turn. */
export type Segment = {
  readonly said: readonly AssistantTurn[]
  readonly told: readonly ToldTurn[]
}

/** The history as segments; the first one may have said nothing. */
export function toSegments(turns: readonly Turn[]): readonly Segment[] {
  const segments: { said: AssistantTurn[]; told: ToldTurn[] }[] = []
  let current: { said: AssistantTurn[]; told: ToldTurn[] } | undefined
  for (const turn of turns) {
    if (!current || (turn.role === 'assistant' && current.told.length > 0)) {
      current = { said: [], told: [] }
      segments.push(current)
    }
    if (turn.role === 'assistant') current.said.push(turn)
    else current.told.push(turn)
  }
  return segments
}

export const callsOf = ({ said }: Segment): readonly ToolCallPart[] =>
  said.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool-call'))

export const resultsOf = ({ told }: Segment): readonly ToolResultPart[] =>
  told.flatMap((turn) =>
    turn.role === 'user' ? turn.parts.filter((part) => part.type === 'tool-result') : [],
  )

/**
 * The assistant turns of the tool loop the history ends in: those since the user last said something
 * of their own. Empty when the last word is the user's.
 */
export function openLoop(turns: readonly Turn[]): readonly AssistantTurn[] {
  const loop: AssistantTurn[] = []
  for (const segment of toSegments(turns).toReversed()) {
    if (callsOf(segment).length === 0 && segment.told.length > 0) break
    loop.unshift(...segment.said)
  }
  return loop
}
