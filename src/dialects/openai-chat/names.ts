// The dialect's own id, and the merging of what is carried verbatim into what is written.

import type { Extensions } from '../../core/chat.ts'
import { toExtensions } from '../../core/extensions.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'

export const dialectId = 'openai-chat'

/** The fields of `object` this dialect has no neutral word for; a null says nothing. */
export function unknownFields(
  object: JsonObject,
  known: ReadonlySet<string>,
): Extensions | undefined {
  const fields = toExtensions(object, known, dialectId)?.fields ?? {}
  return toOwnExtensions(
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)),
  )
}

/** Extensions of this dialect; undefined when there is nothing in them. */
export const toOwnExtensions = (fields: JsonObject): Extensions | undefined =>
  Object.keys(fields).length === 0 ? undefined : { dialect: dialectId, fields }

/** `written` over `carried`; objects that are in both are merged, so that neither loses fields. */
export function mergeFields(carried: JsonObject, written: JsonObject): JsonObject {
  const merged: Record<string, JsonObject[string]> = { ...carried }
  for (const [key, value] of Object.entries(written)) {
    if (value === undefined) continue
    const before = carried[key]
    merged[key] = isJsonObject(before) && isJsonObject(value) ? { ...before, ...value } : value
  }
  return merged
}

/**
 * The fields an answer's extensions give this dialect. Another dialect's are its place's own accounts,
 * not the answer's meaning: leaving them out is no loss.
 */
export const ownFieldsOf = (extensions: Extensions | undefined): JsonObject =>
  extensions?.dialect === dialectId ? extensions.fields : {}
