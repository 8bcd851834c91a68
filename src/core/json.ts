// JSON as the wire carries it, and the few questions asked of it everywhere.

export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json | undefined }

/** True for a JSON object: not an array, not null. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object at `value`, or an empty one: for reading tolerantly what may be missing. */
export const toJsonObject = (value: unknown): JsonObject => (isJsonObject(value) ? value : {})

/** The array at `value`, or an empty one. */
export const toJsonArray = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : []

/** A copy without keys whose value is undefined: what is not known is not written. */
export function withoutUndefined<T extends object>(
  fields: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  const kept: { [key: string]: unknown } = {}
  for (const key in fields) if (fields[key] !== undefined) kept[key] = fields[key]
  return kept as never
}

/** A copy of `fields` without the named keys. */
export const omit = (fields: JsonObject, keys: ReadonlySet<string>): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.has(key)))

/** Parses JSON text; undefined when it is not JSON. */
export const parseJson = (text: string): Json | undefined => {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
