// Flattens a JSON Schema to one list of keywords and the choices it leaves open, so that a value can be
// made for it: references are followed and `allOf` is merged, `anyOf`, `oneOf` and `if` stay choices.

import {
  isJsonObject,
  type Json,
  type JsonObject,
  toJsonArray,
  toJsonObject,
} from '../../core/json.ts'
import { type CheckContext, isSameJson } from './schema-check.ts'
import { resolveReference } from './schema-reference.ts'
import { saidTypes, type TypeName, typeNames } from './schema-types.ts'

export type FlatSchema = {
  readonly keywords: JsonObject
  /** One alternative of each has to hold too. */
  readonly choices: readonly (readonly Json[])[]
}

const maxDepth = 64
const combining = new Set([
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'then',
  'else',
  '$defs',
  'definitions',
])

/** Undefined when nothing can be valid for the schema. */
export function flatten(
  schema: Json | undefined,
  context: CheckContext,
  depth = 0,
): FlatSchema | undefined {
  context.spend()
  if (schema === undefined || schema === true) return { keywords: {}, choices: [] }
  if (!isJsonObject(schema) || depth > maxDepth) return undefined
  const own = Object.entries(schema).filter(([key]) => !combining.has(key))
  let flat: FlatSchema | undefined = {
    keywords: Object.fromEntries(own),
    choices: ownChoices(schema),
  }
  const { $ref: reference, allOf } = schema
  const parts = [
    ...(typeof reference === 'string' ? [resolveReference(context.root, reference)] : []),
    ...toJsonArray(allOf),
  ]
  for (const part of parts) flat = flat && join(flat, flatten(part, context, depth + 1))
  return flat
}

/** Both together; undefined when one of them cannot be. */
export function join(one: FlatSchema, other: FlatSchema | undefined): FlatSchema | undefined {
  if (!other) return undefined
  const keywords: { [key: string]: Json | undefined } = { ...one.keywords }
  for (const [key, value] of Object.entries(other.keywords)) {
    const before = keywords[key]
    keywords[key] =
      before === undefined || value === undefined ? (value ?? before) : merge(key, before, value)
  }
  return { keywords, choices: [...one.choices, ...other.choices] }
}

function ownChoices(schema: JsonObject): readonly (readonly Json[])[] {
  const { anyOf, oneOf, if: condition } = schema
  const yes = schema['then'] ?? true
  const no = schema['else'] ?? true
  return [
    ...(Array.isArray(anyOf) ? [toJsonArray(anyOf)] : []),
    ...(Array.isArray(oneOf) ? [toJsonArray(oneOf)] : []),
    ...(condition === undefined
      ? []
      : [[{ allOf: [condition, yes] }, { allOf: [{ not: condition }, no] }]]),
  ]
}

function merge(key: string, one: Json, other: Json): Json {
  if (typeof one === 'number' && typeof other === 'number') return mergeNumbers(key, one, other)
  switch (key) {
    case 'type':
      return commonTypes(one, other)
    case 'enum':
      return toJsonArray(one).filter((item) =>
        toJsonArray(other).some((same) => isSameJson(item, same)),
      )
    case 'required':
      return [...new Set([...toJsonArray(one), ...toJsonArray(other)])]
    case 'properties':
    case 'patternProperties':
      return mergeMembers(toJsonObject(one), toJsonObject(other))
    case 'items':
    case 'additionalProperties':
    case 'propertyNames':
    case 'contains':
      return { allOf: [one, other] }
    case 'not':
      return { anyOf: [one, other] }
    case 'uniqueItems':
      return one === true || other === true
    default:
      return one
  }
}

function mergeNumbers(key: string, one: number, other: number): number {
  if (key === 'multipleOf') return one % other === 0 ? one : other % one === 0 ? other : one * other
  return key.startsWith('max') || key.endsWith('Maximum')
    ? Math.min(one, other)
    : Math.max(one, other)
}

function commonTypes(one: Json, other: Json): Json {
  const [some, others] = [saidTypes(one), saidTypes(other)]
  if (!some || !others) return some ?? others ?? one
  // An integer is a number too.
  const allows = (list: readonly TypeName[], name: TypeName): boolean =>
    list.includes(name) || (name === 'integer' && list.includes('number'))
  return typeNames.filter((name) => allows(some, name) && allows(others, name))
}

function mergeMembers(one: JsonObject, other: JsonObject): JsonObject {
  const merged = new Map(Object.entries(one))
  for (const [key, value] of Object.entries(other)) {
    const before = merged.get(key)
    merged.set(
      key,
      before === undefined || value === undefined ? value : { allOf: [before, value] },
    )
  }
  return Object.fromEntries(merged)
}
