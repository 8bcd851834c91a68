// Every call is followed at once by its one result, and every result has its call: targets refuse a
// history in which they do not.

import type { ToolCallPart, ToolResultPart, Turn, UserPart } from '../core/chat.ts'
import type { Losses } from '../core/loss.ts'
import type { Profile } from '../core/profile.ts'
import { mergeTurns } from './merge-turns.ts'
import { type Pairs, pairResults } from './pair-results.ts'
import { type AssistantTurn, defineRewrite, mapList, mapParts, withTurns } from './rewrite.ts'
import { callsOf, resultsOf, type Segment, toSegments } from './segments.ts'

export const toolResults = defineRewrite('tool-results', (request, { profile, losses }) => {
  const segments = toSegments(unshared(request.turns))
  if (segments.every((segment) => callsOf(segment).length + resultsOf(segment).length === 0))
    return request
  const pairs = pairResults(segments)
  const settled = segments.map((segment) => settle(segment, pairs, profile, losses))
  const isSame = settled.every((turns, position) => turns === unsettled(segments[position]))
  return isSame ? request : withTurns(request, settled.flatMap(toTurns))
})

/** Parts are told apart by identity: one that stands twice in the history becomes two. */
function unshared(turns: readonly Turn[]): readonly Turn[] {
  const seen = new Set<object>()
  const once = <P extends object>(part: P): P => {
    if (!seen.has(part)) {
      seen.add(part)
      return part
    }
    return { ...part }
  }
  return mapParts(turns, { user: once, assistant: once })
}

type Settled = Segment | readonly Turn[]

const unsettled = (segment: Segment | undefined): Settled | undefined => segment

const toTurns = (settled: Settled): readonly Turn[] =>
  'said' in settled ? [...settled.said, ...settled.told] : settled

function settle(segment: Segment, pairs: Pairs, profile: Profile, losses: Losses): Settled {
  const calls = callsOf(segment)
  const isOrdered = isInOrder(segment, calls, pairs, profile.turns.mustAlternate)
  const isRenamed = calls.some(
    (call) => pairs.ids.get(call) !== call.id || pairs.results.get(call)?.id !== call.id,
  )
  if (isOrdered && !isRenamed) return segment
  const said = withIds(joined(segment.said, losses), pairs)
  const results = calls.map((call) => resultOf(call, pairs, losses))
  for (const result of resultsOf(segment)) {
    if (pairs.calls.has(result)) continue
    losses.add(
      'dropped',
      'tool_result',
      `No call has the id "${result.id}", or it has a result already`,
    )
  }
  return [...said, ...toldAfter(segment, results, losses)]
}

/** True when the segment may go out as it is. */
function isInOrder(
  { said, told }: Segment,
  calls: readonly ToolCallPart[],
  pairs: Pairs,
  isOrderFixed: boolean,
): boolean {
  const parts = told.flatMap((turn): readonly { readonly type: string }[] =>
    turn.role === 'user' ? turn.parts : [{ type: 'system' }],
  )
  const results = parts.slice(0, calls.length)
  const others = parts.slice(calls.length)
  const isFirst =
    results.length === calls.length &&
    results.every((part) => part.type === 'tool-result') &&
    others.every((part) => part.type !== 'tool-result')
  if (!isFirst) return false
  const set = new Set<unknown>(results)
  const areOwn = calls.every((call, position) =>
    isOrderFixed ? pairs.results.get(call) === results[position] : set.has(pairs.results.get(call)),
  )
  const isCallEarlier = said.slice(0, -1).some(({ parts }) => parts.some(isCall))
  return areOwn && !isCallEarlier
}

const isCall = ({ type }: { readonly type: string }): boolean => type === 'tool-call'

/** Calls in an earlier one of several messages in a row would stand apart from their results. */
function joined(said: readonly AssistantTurn[], losses: Losses): readonly AssistantTurn[] {
  const [first, ...rest] = said
  if (!first || !said.slice(0, -1).some(({ parts }) => parts.some(isCall))) return said
  return [mergeTurns(first, rest, losses)]
}

const withIds = (said: readonly AssistantTurn[], { ids }: Pairs): readonly AssistantTurn[] =>
  said.map((turn) => {
    const parts = mapList(turn.parts, (part) => {
      const id = part.type === 'tool-call' ? ids.get(part) : undefined
      return id === undefined || part.type !== 'tool-call' || id === part.id
        ? part
        : { ...part, id }
    })
    return parts === turn.parts ? turn : { ...turn, parts }
  })

function resultOf(call: ToolCallPart, pairs: Pairs, losses: Losses): ToolResultPart {
  const id = pairs.ids.get(call) ?? call.id
  const result = pairs.results.get(call)
  if (result) {
    if (pairs.late.has(result))
      losses.add('changed', 'messages', 'A tool result that came late was moved to its call')
    return result.id === id ? result : { ...result, id }
  }
  losses.add('changed', 'tool_result', `The call "${call.id}" had no result: it says so`)
  const text = 'No result was returned for this tool call.'
  return { type: 'tool-result', id, name: call.name, content: [{ type: 'text', text }] }
}

/** What was told, with `results` first and no other results in it. */
function toldAfter(
  { told }: Segment,
  results: readonly ToolResultPart[],
  losses: Losses,
): readonly Turn[] {
  const [first, ...rest] = told
  const isUser = first?.role === 'user'
  const opening = isUser
    ? [{ ...first, parts: [...results, ...first.parts.filter(isNoResult)] }]
    : [{ role: 'user' as const, parts: results }]
  const others = (isUser ? rest : told).map((turn) => {
    if (turn.role !== 'user' || turn.parts.every(isNoResult)) return turn
    const parts = turn.parts.filter(isNoResult)
    if (parts.length === 0) tellLostFields(turn, losses)
    return { ...turn, parts }
  })
  return [...opening, ...others].filter(({ parts }) => parts.length > 0)
}

const isNoResult = ({ type }: UserPart): boolean => type !== 'tool-result'

function tellLostFields({ extensions }: Turn, losses: Losses): void {
  for (const field of Object.keys(extensions?.fields ?? {}))
    losses.add('dropped', field, 'The tool message it stood on became one with others')
}
