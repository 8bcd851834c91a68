// For targets that refuse empty text: texts of nothing but white space are left out, and what has
// nothing left says "(empty)".

import type { AssistantPart, ChatRequest, TextPart, ToolResultPart, Turn } from '../core/chat.ts'
import type { Losses } from '../core/loss.ts'
import { defineRewrite, isBlank, mapList, withTurns } from './rewrite.ts'

const placeholder: TextPart = { type: 'text', text: '(empty)' }

export const emptyText = defineRewrite('empty-text', (request, { profile, losses }) => {
  if (profile.turns.emptyText) return request
  const isKept = (part: { readonly type: string }): boolean => isSaying(part, losses)
  const system = mapList(request.system, (part) => (isKept(part) ? part : undefined))
  const turns = mapList(request.turns, (turn) => withoutEmpty(turn, isKept, losses))
  const whole = system === request.system ? request : { ...request, system }
  return withTrimmedEnd(withTurns(whole, turns))
})

type IsKept = (part: { readonly type: string }) => boolean

function isSaying(part: { readonly type: string }, losses: Losses): boolean {
  if (part.type !== 'text' && part.type !== 'refusal') return true
  const { text, cache } = part as TextPart
  if (!isBlank(text)) return true
  if (cache) losses.add('dropped', 'cache_control', 'The marked text was empty and is left out')
  return false
}

function withoutEmpty(turn: Turn, isKept: IsKept, losses: Losses): Turn | undefined {
  const keep = <P extends { readonly type: string }>(part: P): P | undefined =>
    isKept(part) ? part : undefined
  switch (turn.role) {
    // An empty answer says nothing: "(empty)" in the model's own mouth would teach it to say so.
    case 'assistant': {
      const parts = mapList<AssistantPart>(turn.parts, keep)
      if (parts.length === 0) return undefined
      return parts === turn.parts ? turn : { ...turn, parts }
    }
    case 'system': {
      const parts = mapList(turn.parts, keep)
      if (parts.length === 0) return undefined
      return parts === turn.parts ? turn : { ...turn, parts }
    }
    case 'user': {
      const parts = mapList(turn.parts, (part) =>
        part.type === 'tool-result' ? withoutEmptyContent(part, keep, losses) : keep(part),
      )
      if (parts.length === 0) return { ...turn, parts: [toPlaceholder(losses)] }
      return parts === turn.parts ? turn : { ...turn, parts }
    }
    default:
      return turn satisfies never
  }
}

function withoutEmptyContent(
  part: ToolResultPart,
  keep: <P extends { readonly type: string }>(part: P) => P | undefined,
  losses: Losses,
): ToolResultPart {
  const content = mapList(part.content, keep)
  if (content === part.content) return part
  return { ...part, content: content.length === 0 ? [toPlaceholder(losses)] : content }
}

function toPlaceholder(losses: Losses): TextPart {
  losses.add(
    'emulated',
    'empty_text',
    'The target refuses empty text: "(empty)" stands in its place',
  )
  return placeholder
}

/** A text to be continued may not end in white space where empty text is refused. */
function withTrimmedEnd(request: ChatRequest): ChatRequest {
  const turn = request.turns.at(-1)
  const part = turn?.parts.at(-1)
  if (turn?.role !== 'assistant' || part?.type !== 'text') return request
  const text = part.text.trimEnd()
  if (text === part.text) return request
  const parts: readonly AssistantPart[] = [...turn.parts.slice(0, -1), { ...part, text }]
  return { ...request, turns: [...request.turns.slice(0, -1), { ...turn, parts }] }
}
