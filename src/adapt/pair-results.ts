// Finds the result of each call in a history, and gives every call an id of its own.

import type { ToolCallPart, ToolResultPart } from '../core/chat.ts'
import { callsOf, resultsOf, type Segment } from './segments.ts'

export type Pairs = {
  /** Each call's id, unique in the history. */
  readonly ids: ReadonlyMap<ToolCallPart, string>
  readonly results: ReadonlyMap<ToolCallPart, ToolResultPart>
  readonly calls: ReadonlyMap<ToolResultPart, ToolCallPart>
  /** Results that stand behind a later answer than their call's. */
  readonly late: ReadonlySet<ToolResultPart>
}

/** Pairs by id among neighbours first, then by position where ids are empty, then by id from afar. */
export function pairResults(segments: readonly Segment[]): Pairs {
  const results = new Map<ToolCallPart, ToolResultPart>()
  const calls = new Map<ToolResultPart, ToolCallPart>()
  const late = new Set<ToolResultPart>()
  const waiting = new Map<string, ToolCallPart[]>()
  const pair: Pair = (call, result) => {
    results.set(call, result)
    calls.set(result, call)
  }
  const isFree = (call: ToolCallPart): boolean => !results.has(call)
  for (const segment of segments) {
    const own = callsOf(segment)
    const given = resultsOf(segment)
    pairSameIds(own, given, pair)
    pairBlanks(
      own.filter(isFree),
      given.filter((result) => !calls.has(result)),
      pair,
    )
    for (const result of given) {
      const call = calls.has(result) ? undefined : waiting.get(result.id)?.pop()
      if (!call) continue
      pair(call, result)
      late.add(result)
    }
    for (const call of own.filter(isFree)) if (call.id !== '') push(waiting, call)
  }
  return { ids: toIds(segments.flatMap(callsOf)), results, calls, late }
}

type Pair = (call: ToolCallPart, result: ToolResultPart) => void

function push(lists: Map<string, ToolCallPart[]>, call: ToolCallPart): void {
  const list = lists.get(call.id)
  if (list) list.push(call)
  else lists.set(call.id, [call])
}

function pairSameIds(
  calls: readonly ToolCallPart[],
  results: readonly ToolResultPart[],
  pair: Pair,
): void {
  const free = new Map<string, ToolCallPart[]>()
  for (const call of calls.toReversed()) push(free, call)
  for (const result of results) {
    const call = free.get(result.id)?.pop()
    if (call) pair(call, result)
  }
}

/** Where one side lost its id on the way, the order is all there is. */
function pairBlanks(
  calls: readonly ToolCallPart[],
  results: readonly ToolResultPart[],
  pair: Pair,
): void {
  const free = new Set(calls)
  const blank = new Set(calls.filter(({ id }) => id === ''))
  for (const result of results) {
    const [call] = result.id === '' ? free : blank
    if (!call) continue
    free.delete(call)
    blank.delete(call)
    pair(call, result)
  }
}

function toIds(calls: readonly ToolCallPart[]): ReadonlyMap<ToolCallPart, string> {
  const given = new Set(calls.map(({ id }) => id))
  const seen = new Set<string>()
  const ids = new Map<ToolCallPart, string>()
  for (const [position, call] of calls.entries()) {
    let { id } = call
    if (id === '' || seen.has(id)) {
      id = `call_${position}`
      while (given.has(id) || seen.has(id)) id += '_'
    }
    seen.add(id)
    ids.set(call, id)
  }
  return ids
}
