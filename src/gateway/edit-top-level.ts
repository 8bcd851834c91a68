// The one function that edits raw bodies: a few top-level members are set or removed, every other
// byte stays the client's own.

import type { JsonObject } from '../core/json.ts'
import { type Member, outlineOf, type TopLevel } from './scan-top-level.ts'

export type Edits = {
  /** Members to replace where they stand, or to append; undefined values change nothing. */
  readonly set?: JsonObject
  /** Members to leave out, unless they are set too. */
  readonly remove?: readonly string[]
}

const nothing: JsonObject = {}

/**
 * The edited object as pieces of the original and what stands between them, so that a large body is
 * not copied; the outline is that of `outlineOf`. White space outside edited members is
 * untouched; of a repeated key all occurrences are edited. Throws `bad-request` for bytes that are no
 * JSON object.
 */
export function editTopLevel(
  bytes: Uint8Array,
  { set = nothing, remove = [] }: Edits,
  { members, close }: TopLevel = outlineOf(bytes),
): readonly Uint8Array[] {
  const isSet = (key: string): boolean => set[key] !== undefined && Object.hasOwn(set, key)
  const isRemoved = (key: string): boolean => remove.includes(key) && !isSet(key)
  const lastKept = findLastKept(members, isRemoved)
  const { cut, finish } = createCutter(bytes)
  for (let index = 0; index <= lastKept; index += 1) {
    const member = members[index]
    if (!member) break
    if (isSet(member.key)) cut(member.valueStart, member.valueEnd, JSON.stringify(set[member.key]))
    else if (isRemoved(member.key)) {
      // A member goes with the comma after it, so that the one before need not know.
      cut(member.start, members[index + 1]?.start ?? close, '')
    }
  }
  const tailStart = members[lastKept]?.valueEnd ?? members[0]?.start ?? close
  const tailEnd = members[members.length - 1]?.valueEnd ?? close
  const appended = toAppended(members, set)
  cut(tailStart, tailEnd, appended !== '' && lastKept >= 0 ? `,${appended}` : appended)
  return finish()
}

/** The last member that stays, -1 when none does: those after it take the comma before them along. */
function findLastKept(members: readonly Member[], isRemoved: (key: string) => boolean): number {
  for (let index = members.length - 1; index >= 0; index -= 1) {
    const member = members[index]
    if (member && !isRemoved(member.key)) return index
  }
  return -1
}

/** The members of `set` that are not there yet, as JSON without braces. */
function toAppended(members: readonly Member[], set: JsonObject): string {
  let text = ''
  for (const key of Object.keys(set)) {
    const value = set[key]
    if (value === undefined || members.some((member) => member.key === key)) continue
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${JSON.stringify(value)}`
  }
  return text
}

type Cutter = {
  /** Lets `bytes[start, end)` give way to `text`; cuts come in order. */
  cut(start: number, end: number, text: string): void
  finish(): readonly Uint8Array[]
}

function createCutter(bytes: Uint8Array): Cutter {
  const pieces: Uint8Array[] = []
  let position = 0
  return {
    cut: (start, end, text) => {
      if (text === '' && start === end) return
      if (start > position) pieces.push(bytes.subarray(position, start))
      if (text !== '') pieces.push(Buffer.from(text))
      position = end
    },
    finish: () => {
      if (position === 0) return [bytes]
      if (position < bytes.length) pieces.push(bytes.subarray(position))
      return pieces
    },
  }
}
