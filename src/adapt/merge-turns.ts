// Makes one turn of several of the same role, keeping the order of what they say.

import type { Extensions, Part, Turn } from '../core/chat.ts'
import type { Losses } from '../core/loss.ts'

/** One turn with the parts of all. */
export function mergeTurns<T extends Turn>(first: T, rest: readonly T[], losses: Losses): T {
  const { extensions: own, ...bare } = first
  const extensions = rest.reduce(
    (merged, turn) => mergeExtensions(merged, turn.extensions, losses),
    own,
  )
  const merged = {
    ...bare,
    parts: [first, ...rest].flatMap((turn): readonly Part[] => turn.parts),
    ...(extensions ? { extensions } : {}),
  } as unknown as T
  if (rest.every((turn) => nameOf(turn) === nameOf(first))) return merged
  losses.add('dropped', 'name', 'Messages of differently named speakers became one')
  const { name: _name, ...unnamed } = merged as T & { readonly name?: string }
  return unnamed as unknown as T
}

const nameOf = (turn: Turn): string | undefined => ('name' in turn ? turn.name : undefined)

function mergeExtensions(
  first: Extensions | undefined,
  second: Extensions | undefined,
  losses: Losses,
): Extensions | undefined {
  if (!first || !second) return first ?? second
  for (const [field, value] of Object.entries(second.fields)) {
    const known = first.fields[field]
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(value))
      losses.add('dropped', field, `Messages that became one say different things in "${field}"`)
  }
  return { dialect: first.dialect, fields: { ...second.fields, ...first.fields } }
}
