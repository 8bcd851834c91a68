// Carries what only one dialect knows: verbatim to a target of that dialect, a reported loss to others.

import type { DialectId } from './brand.ts'
import type { Extensions } from './chat.ts'
import type { Json, JsonObject } from './json.ts'
import type { Losses } from './loss.ts'

/** The fields of `object` that are not in `known`, as extensions of `dialect`; undefined when none. */
export function toExtensions(
  object: JsonObject,
  known: ReadonlySet<string>,
  dialect: DialectId,
): Extensions | undefined {
  let fields: Record<string, JsonObject[string]> | undefined
  for (const key in object) {
    if (known.has(key) || object[key] === undefined) continue
    fields ??= {}
    fields[key] = object[key]
  }
  return fields ? { dialect, fields } : undefined
}

const asksNothing = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0)

/**
 * The fields to write for `dialect`. Foreign fields are dropped, each a loss named `prefix + field`;
 * values that ask for nothing (null, false, nothing in them) are dropped without one.
 */
export function carryExtensions(
  extensions: Extensions | undefined,
  dialect: DialectId,
  losses: Losses,
  prefix = '',
): JsonObject {
  if (!extensions) return {}
  if (extensions.dialect === dialect) return extensions.fields
  if (extensions.isRestated) return {}
  for (const [field, value] of Object.entries(extensions.fields)) {
    if (!asksNothing(value))
      losses.add(
        'dropped',
        prefix + field,
        `The target's dialect has no field for "${prefix}${field}"`,
      )
  }
  return {}
}
