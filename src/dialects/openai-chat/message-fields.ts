// What messages of every role have in common.

import type { JsonObject } from '../../core/json.ts'
import { cacheFields, decodeCache } from './decode-parts.ts'
import { unknownFields } from './names.ts'
import { readString, type Source } from './read.ts'

/** Calls without an answer yet, so that a result may name its tool instead of its call. */
export type OpenCalls = Map<string, string[]>

const common = ['role', 'content', ...cacheFields]

/** Fields of a message nobody here knows. */
export const extra = (fields: JsonObject, ...known: readonly string[]) => {
  const extensions = unknownFields(fields, new Set([...common, ...known]))
  return extensions ? { extensions } : {}
}

export const nameOf = (source: Source): { readonly name?: string } => {
  const name = readString(source, 'name')
  return name === undefined ? {} : { name }
}

/** A mark on the whole message stands on its last part. */
export function withMark<P extends { readonly type: string }>(
  parts: readonly P[],
  fields: JsonObject,
): readonly P[] {
  const mark = decodeCache(fields)
  const last = parts.at(-1)
  return mark.cache && last ? [...parts.slice(0, -1), { ...last, ...mark }] : parts
}
