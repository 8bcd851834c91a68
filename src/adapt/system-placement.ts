// Instructions where the target takes them: all before the first turn, or all in one. Those in
// mid-conversation become notes in the neighbouring user turn; none is lost.

import type { ChatRequest, SystemPart, TextPart, Turn, UserPart } from '../core/chat.ts'
import type { Losses } from '../core/loss.ts'
import { defineRewrite, isBlank, mapList, mapParts, type UserTurn, withTurns } from './rewrite.ts'

export const systemPlacement = defineRewrite('system-placement', (request, { profile, losses }) => {
  const { placement, developer } = profile.system
  const named = developer ? request : withoutDeveloper(request)
  if (placement === 'anywhere') return named
  const leading = folded(named, losses)
  return placement === 'single' ? joined(leading, losses) : leading
})

/** `developer` is the newer word for the same role. */
function withoutDeveloper(request: ChatRequest): ChatRequest {
  const rename = (part: SystemPart): SystemPart =>
    part.role === 'developer' ? { ...part, role: 'system' } : part
  const system = mapList(request.system, rename)
  const renamed = system === request.system ? request : { ...request, system }
  return withTurns(renamed, mapParts(request.turns, { system: rename }))
}

function folded(request: ChatRequest, losses: Losses): ChatRequest {
  if (!request.turns.some(({ role }) => role === 'system')) return request
  const start = request.turns.findIndex(({ role }) => role !== 'system')
  const opening = start < 0 ? request.turns : request.turns.slice(0, start)
  const system = opening.flatMap((turn) => (turn.role === 'system' ? turn.parts : []))
  return {
    ...request,
    system: [...request.system, ...system],
    turns: start < 0 ? [] : foldedTurns(request.turns.slice(start), losses),
  }
}

function foldedTurns(turns: readonly Turn[], losses: Losses): readonly Turn[] {
  const settled: Turn[] = []
  let waiting: readonly TextPart[] = []
  const settleWaiting = (): void => {
    if (waiting.length > 0) settled.push({ role: 'user', parts: waiting })
    waiting = []
  }
  for (const turn of turns) {
    const last = settled.at(-1)
    if (turn.role === 'system') {
      const notes = toNotes(turn.parts, losses)
      if (last?.role !== 'user') waiting = [...waiting, ...notes]
      else settled[settled.length - 1] = { ...last, parts: [...last.parts, ...notes] }
    } else if (turn.role === 'user') {
      settled.push(withNotes(turn, waiting))
      waiting = []
    } else {
      settleWaiting()
      settled.push(turn)
    }
  }
  settleWaiting()
  return settled
}

function toNotes(parts: readonly SystemPart[], losses: Losses): readonly TextPart[] {
  return parts.flatMap(({ role: _role, ...part }) => {
    if (isBlank(part.text)) {
      if (part.cache) losses.add('dropped', 'cache_control', 'The marked text was empty')
      return []
    }
    losses.add(
      'changed',
      'system',
      'Instructions in mid-conversation stand as a note in the user message beside them',
    )
    return { ...part, text: `<system-note>\n${part.text}\n</system-note>` }
  })
}

/** The notes stand before what the user says, but results stay next to their calls. */
function withNotes(turn: UserTurn, notes: readonly TextPart[]): UserTurn {
  if (notes.length === 0) return turn
  const after = turn.parts.findLastIndex(({ type }) => type === 'tool-result') + 1
  const parts: readonly UserPart[] = [
    ...turn.parts.slice(0, after),
    ...notes,
    ...turn.parts.slice(after),
  ]
  return { ...turn, parts }
}

function joined(request: ChatRequest, losses: Losses): ChatRequest {
  const { system } = request
  const last = system.at(-1)
  if (!last || system.length === 1) return request
  const others = system.slice(0, -1)
  // A mark on the last part still ends the prompt at the same place.
  if (others.some(({ cache }) => cache))
    losses.add('dropped', 'cache_control', 'Marks inside the instructions, which became one text')
  for (const { extensions } of others) {
    for (const field of Object.keys(extensions?.fields ?? {}))
      losses.add('dropped', field, 'The instructions became one text')
  }
  const text = system
    .map((part) => part.text)
    .filter((part) => !isBlank(part))
    .join('\n\n')
  return { ...request, system: [{ ...last, text }] }
}
