// Tells whether a value is valid for a JSON Schema (2020-12, with the older spellings still met).
// Patterns are not checked: they are strangers' expressions, and running those can take for ever.

import {
  isJsonObject,
  type Json,
  type JsonObject,
  toJsonArray,
  toJsonObject,
} from '../../core/json.ts'
import { resolveReference } from './schema-reference.ts'
import { saidTypes, type TypeName } from './schema-types.ts'

export type CheckContext = {
  /** The document references point into. */
  readonly root: JsonObject
  /** Called for each schema visited; throws when there were too many. */
  spend(): void
}

/** `format`, `pattern` and unknown keywords are taken on trust. */
export function isValid(value: Json, schema: Json | undefined, context: CheckContext): boolean {
  context.spend()
  if (schema === undefined || schema === true) return true
  if (!isJsonObject(schema)) return false
  return (
    isOfType(value, schema['type']) &&
    isListed(value, schema) &&
    isCombined(value, schema, context) &&
    (typeof value !== 'string' || isInRange(characters(value), schema, 'Length')) &&
    (typeof value !== 'number' || isValidNumber(value, schema)) &&
    (!Array.isArray(value) || isValidArray(value as readonly Json[], schema, context)) &&
    (!isJsonObject(value) || isValidObject(value, schema, context))
  )
}

/** Equal as JSON: the order of members does not matter. */
export function isSameJson(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, at) => isSameJson(item, other[at]))
  if (!isJsonObject(one) || !isJsonObject(other)) return false
  const keys = Object.keys(one)
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSameJson(one[key], other[key]))
  )
}

/** The member `key` itself, never one every object inherits. */
export const ownMember = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined

function isOfType(value: Json, type: Json | undefined): boolean {
  return saidTypes(type)?.some((name) => isOfOneType(value, name)) ?? true
}

function isOfOneType(value: Json, type: TypeName): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isJsonObject(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

function isListed(value: Json, schema: JsonObject): boolean {
  const { enum: list, const: only } = schema
  if (only !== undefined && !isSameJson(value, only)) return false
  return list === undefined || toJsonArray(list).some((item) => isSameJson(value, item))
}

function isCombined(value: Json, schema: JsonObject, context: CheckContext): boolean {
  const { $ref: reference, allOf, anyOf, oneOf, not, if: condition } = schema
  const fits = (inner: Json | undefined): boolean => isValid(value, inner, context)
  if (typeof reference === 'string' && !fits(resolveReference(context.root, reference)))
    return false
  if (allOf !== undefined && !toJsonArray(allOf).every(fits)) return false
  if (anyOf !== undefined && !toJsonArray(anyOf).some(fits)) return false
  if (oneOf !== undefined && toJsonArray(oneOf).filter(fits).length !== 1) return false
  if (not !== undefined && fits(not)) return false
  return condition === undefined || fits(fits(condition) ? schema['then'] : schema['else'])
}

const characters = (text: string): number => [...text].length

function isInRange(
  size: number,
  schema: JsonObject,
  what: 'Length' | 'Items' | 'Properties',
): boolean {
  const { [`min${what}`]: least, [`max${what}`]: most } = schema
  return (typeof least !== 'number' || size >= least) && (typeof most !== 'number' || size <= most)
}

function isValidNumber(value: number, schema: JsonObject): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  if (typeof minimum === 'number' && value < minimum) return false
  if (typeof maximum === 'number' && value > maximum) return false
  // Draft 4 makes the bound itself exclusive with `true`.
  const above = exclusiveMinimum === true ? minimum : exclusiveMinimum
  const below = exclusiveMaximum === true ? maximum : exclusiveMaximum
  if (typeof above === 'number' && value <= above) return false
  if (typeof below === 'number' && value >= below) return false
  if (typeof multipleOf !== 'number') return true
  const times = value / multipleOf
  return Math.abs(times - Math.round(times)) < 1e-9 * Math.max(1, Math.abs(times))
}

function isValidArray(value: readonly Json[], schema: JsonObject, context: CheckContext): boolean {
  if (!isInRange(value.length, schema, 'Items')) return false
  const { first, rest } = itemSchemas(schema)
  if (!value.every((item, at) => isValid(item, at < first.length ? first[at] : rest, context)))
    return false
  if (schema['uniqueItems'] === true && hasTwins(value)) return false
  const { contains, minContains, maxContains } = schema
  if (contains === undefined) return true
  const count = value.filter((item) => isValid(item, contains, context)).length
  return (
    count >= (typeof minContains === 'number' ? minContains : 1) &&
    (typeof maxContains !== 'number' || count <= maxContains)
  )
}

/** The schemas of the first items and of all others, in the newer spelling or the older. */
export function itemSchemas(schema: JsonObject): {
  readonly first: readonly Json[]
  readonly rest: Json | undefined
} {
  const { prefixItems, items, additionalItems } = schema
  if (Array.isArray(items)) return { first: toJsonArray(items), rest: additionalItems }
  return { first: toJsonArray(prefixItems), rest: items }
}

const hasTwins = (value: readonly Json[]): boolean =>
  value.some((item, at) => value.slice(0, at).some((earlier) => isSameJson(item, earlier)))

function isValidObject(value: JsonObject, schema: JsonObject, context: CheckContext): boolean {
  const keys = Object.keys(value)
  if (!isInRange(keys.length, schema, 'Properties')) return false
  if (!toJsonArray(schema['required']).every((key) => Object.hasOwn(value, String(key))))
    return false
  const dependents = Object.entries(toJsonObject(schema['dependentRequired']))
  for (const [key, needed] of dependents) {
    if (!Object.hasOwn(value, key)) continue
    if (!toJsonArray(needed).every((other) => Object.hasOwn(value, String(other)))) return false
  }
  const properties = toJsonObject(schema['properties'])
  // Whose names match a pattern is not known, so then the rest is taken on trust.
  const rest = schema['patternProperties'] ? undefined : schema['additionalProperties']
  return keys.every((key) => {
    const own = Object.hasOwn(properties, key) ? properties[key] : rest
    return isValid(value[key] ?? null, own, context)
  })
}
