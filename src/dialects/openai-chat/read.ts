// Reads a client's body field by field. A wrong value is refused with its path, what it is and what
// would be right; null is the same as absent.

import { GatewayError } from '../../core/error.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'

const shownCharacters = 40

const describe = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  if (typeof value === 'object') return 'an object'
  if (typeof value !== 'string') return `the ${typeof value} ${String(value)}`
  const shown = value.length > shownCharacters ? `${value.slice(0, shownCharacters)}…` : value
  return `the string ${JSON.stringify(shown)}`
}

const fieldOf = (path: string): string => path.split(/[.[]/, 1)[0] ?? path

/**
 * Throws `bad-request` for the value at `path`, e.g. `messages[3].content`. The code is
 * `invalid_` and the top-level field unless one is given.
 */
export function refuse(path: string, value: unknown, expected: string, code?: string): never {
  const param = fieldOf(path)
  throw new GatewayError(
    'bad-request',
    `"${path}" must be ${expected}, but is ${describe(value)}`,
    { code: code ?? `invalid_${param}`, param },
  )
}

/** The fields an object is read from, and where it stands in the body. */
export type Source = { readonly fields: JsonObject; readonly path: string }

/** The whole body. */
export const fromBody = (fields: JsonObject): Source => ({ fields, path: '' })

const pathTo = ({ path }: Source, key: string): string => (path === '' ? key : `${path}.${key}`)

const valueAt = ({ fields }: Source, key: string): Json | undefined => fields[key] ?? undefined

/** The string at `key`, undefined when absent. */
export function readString(source: Source, key: string): string | undefined {
  const value = valueAt(source, key)
  if (value === undefined || typeof value === 'string') return value
  return refuse(pathTo(source, key), value, 'a string')
}

/** The trimmed string at `key`; blank ones are refused. */
export function readName(source: Source, key: string): string | undefined {
  const value = readString(source, key)
  if (value === undefined) return undefined
  return value.trim() || refuse(pathTo(source, key), value, 'a string that is not blank')
}

export function readBoolean(source: Source, key: string): boolean | undefined {
  const value = valueAt(source, key)
  if (value === undefined || typeof value === 'boolean') return value
  return refuse(pathTo(source, key), value, 'true or false')
}

type Range = { readonly min?: number; readonly max?: number; readonly isInteger?: boolean }

const describeRange = ({ min, max, isInteger }: Range): string => {
  const noun = isInteger ? 'an integer' : 'a number'
  if (min !== undefined && max !== undefined) return `${noun} from ${min} to ${max}`
  return min === undefined ? noun : `${noun} of at least ${min}`
}

export function readNumber(source: Source, key: string, range: Range = {}): number | undefined {
  const value = valueAt(source, key)
  if (value === undefined) return undefined
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, isInteger } = range
  const isRight =
    typeof value === 'number' &&
    (isInteger ? Number.isInteger(value) : Number.isFinite(value)) &&
    value >= min &&
    value <= max
  return isRight ? value : refuse(pathTo(source, key), value, describeRange(range))
}

export function readObject(source: Source, key: string): JsonObject | undefined {
  const value = valueAt(source, key)
  if (value === undefined || isJsonObject(value)) return value
  return refuse(pathTo(source, key), value, 'an object')
}

export function readArray(source: Source, key: string): readonly Json[] | undefined {
  const value = valueAt(source, key)
  if (value === undefined || Array.isArray(value)) return value as readonly Json[] | undefined
  return refuse(pathTo(source, key), value, 'an array')
}

/** The objects of the array at `key`, each with its own path. */
export function readObjects(source: Source, key: string): readonly Source[] | undefined {
  return readArray(source, key)?.map((fields, position) => {
    const path = `${pathTo(source, key)}[${position}]`
    return isJsonObject(fields) ? { fields, path } : refuse(path, fields, 'an object')
  })
}
