// Makes a value that is valid for a JSON Schema: what a model with structured output would answer.

import { GatewayError } from '../../core/error.ts'
import {
  isJsonObject,
  type Json,
  type JsonObject,
  toJsonArray,
  toJsonObject,
} from '../../core/json.ts'
import { numberValues } from './number-value.ts'
import { isSameJson, isValid, itemSchemas, ownMember } from './schema-check.ts'
import { type FlatSchema, flatten, join } from './schema-flat.ts'
import { type TypeName, typesOf } from './schema-types.ts'
import { stringValues } from './string-value.ts'

/** `full` has optional members too; `required` is what a model that says no more than needed sends. */
export type Detail = 'full' | 'required'

type Maker = {
  readonly root: JsonObject
  readonly detail: Detail
  readonly maxDepth: number
  depth: number
  spend(cost?: number): void
}

const maxVisits = 50_000
const charactersPerVisit = 64
const maxItems = 1000
/** Below this depth values are as small as they can be, so that recursive schemas end. */
const richDepth = 4

/**
 * The same value for the same schema, every time. Supports what structured outputs use and more;
 * `pattern` as far as it can be read. Throws `rejected` when no value is found.
 */
export function schemaValue(schema: JsonObject, detail: Detail = 'full'): Json {
  const spend = createBudget()
  // A shallow answer is the better one; deeper ones are tried for schemas that need them.
  for (const maxDepth of [6, 12, 24]) {
    const value = make(schema, { root: schema, detail, maxDepth, depth: 0, spend }, 0)
    if (value !== undefined) return value
  }
  throw unsatisfiable('nothing the simulator can make is valid for it')
}

const unsatisfiable = (why: string): GatewayError =>
  new GatewayError(
    'rejected',
    `The simulator cannot answer with this JSON schema: ${why}; make the schema simpler`,
    { code: 'invalid_json_schema', provider: 'sim' },
  )

function createBudget(): (cost?: number) => void {
  let visits = 0
  return (cost = 1) => {
    visits += cost
    if (visits > maxVisits) throw unsatisfiable('it is too large or contradicts itself')
  }
}

/** `variant` makes values differ where they must. */
function make(schema: Json | undefined, maker: Maker, variant: number): Json | undefined {
  if (maker.depth > maker.maxDepth) return undefined
  maker.depth += 1
  try {
    const flat = flatten(schema, maker)
    if (!flat) return undefined
    for (const keywords of expand(flat, maker, variant)) {
      for (const value of values(keywords, maker, variant)) {
        chargeFor(value, maker)
        if (isValid(value, schema, maker)) return value
      }
    }
    return undefined
  } finally {
    maker.depth -= 1
  }
}

// A small schema can ask for a large text many times over.
function chargeFor(value: Json, maker: Maker): void {
  if (typeof value === 'string') maker.spend(value.length / charactersPerVisit)
  else if (typeof value === 'object') maker.spend(JSON.stringify(value).length / charactersPerVisit)
}

/** The keywords for each way to take the choices. */
function* expand(flat: FlatSchema, maker: Maker, variant: number): Iterable<JsonObject> {
  const [first, ...choices] = flat.choices
  if (!first) {
    yield flat.keywords
    return
  }
  const ordered = maker.depth > richDepth ? [...first].sort(bySize) : rotate(first, variant)
  for (const alternative of ordered) {
    const joined = join({ ...flat, choices }, flatten(alternative, maker))
    if (joined) yield* expand(joined, maker, variant)
  }
}

const rotate = <T>(list: readonly T[], by: number): readonly T[] => {
  const start = list.length === 0 ? 0 : by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}

const bySize = (one: Json, other: Json): number => size(one) - size(other)
const size = (schema: Json): number => {
  if (!isJsonObject(schema) || schema['$ref'] !== undefined) return 2
  return schema['properties'] !== undefined || schema['items'] !== undefined ? 1 : 0
}

function* values(keywords: JsonObject, maker: Maker, variant: number): Iterable<Json> {
  const { const: only, enum: list, default: usual, examples } = keywords
  if (only !== undefined) {
    yield only
    return
  }
  if (Array.isArray(list)) {
    yield* rotate(toJsonArray(list), variant)
    return
  }
  if (variant === 0) {
    if (usual !== undefined) yield usual
    yield* toJsonArray(examples)
  }
  for (const type of typesOf(keywords)) yield* valuesOfType(type, keywords, maker, variant)
}

function* valuesOfType(
  type: TypeName,
  keywords: JsonObject,
  maker: Maker,
  variant: number,
): Iterable<Json> {
  if (type === 'object') yield* objects(keywords, maker, variant)
  else if (type === 'array') yield* arrays(keywords, maker, variant)
  else if (type === 'string') yield* stringValues(keywords, variant)
  else if (type === 'integer' || type === 'number')
    yield* numberValues(keywords, type === 'integer', variant)
  else if (type === 'boolean') yield* rotate([true, false], variant)
  else yield null
}

function* arrays(keywords: JsonObject, maker: Maker, variant: number): Iterable<Json> {
  const { minItems, maxItems: most, contains, minContains } = keywords
  const { first, rest } = itemSchemas(keywords)
  const needed = contains === undefined ? 0 : typeof minContains === 'number' ? minContains : 1
  const least = Math.max(typeof minItems === 'number' ? minItems : 0, needed)
  const isRich = maker.depth <= richDepth && rest !== false
  const wanted = Math.max(least, first.length, isRich ? 1 : 0)
  for (const count of new Set([
    Math.min(wanted, typeof most === 'number' ? most : Infinity),
    least,
  ])) {
    if (count > maxItems) continue
    const items: Json[] = []
    for (let at = 0; at < count; at += 1) {
      const schema = at < first.length ? first[at] : rest
      const full = at < needed ? { allOf: [schema ?? true, contains ?? true] } : schema
      const item = makeItem(full, items, keywords['uniqueItems'] === true, maker, variant)
      if (item !== undefined) items.push(item)
    }
    if (items.length === count) yield items
  }
}

function makeItem(
  schema: Json | undefined,
  before: readonly Json[],
  isUnique: boolean,
  maker: Maker,
  variant: number,
): Json | undefined {
  if (!isUnique) return make(schema, maker, variant)
  for (let more = 0; more <= before.length * 2 + 1; more += 1) {
    const item = make(schema, maker, variant + more)
    if (item !== undefined && !before.some((earlier) => isSameJson(earlier, item))) return item
  }
  return undefined
}

function* objects(keywords: JsonObject, maker: Maker, variant: number): Iterable<Json> {
  const required = toJsonArray(keywords['required']).map(String)
  const optional = Object.keys(toJsonObject(keywords['properties'])).filter(
    (key) => !required.includes(key),
  )
  const isRich = maker.detail === 'full' && maker.depth <= richDepth
  for (const keys of isRich && optional.length > 0 ? [optional, []] : [[], optional]) {
    const members = makeMembers(keywords, required, keys, maker, variant)
    if (members) yield Object.fromEntries(members)
  }
}

/** The members in the order the schema has them; undefined when a required one cannot be made. */
function makeMembers(
  keywords: JsonObject,
  required: readonly string[],
  optional: readonly string[],
  maker: Maker,
  variant: number,
): readonly (readonly [string, Json])[] | undefined {
  const { minProperties, maxProperties } = keywords
  const least = typeof minProperties === 'number' ? Math.min(minProperties, maxItems) : 0
  const room = (typeof maxProperties === 'number' ? maxProperties : Infinity) - required.length
  const wanted = new Set([...required, ...optional.slice(0, Math.max(0, room))])
  const inOrder = Object.keys(toJsonObject(keywords['properties'])).filter((key) => wanted.has(key))
  const members = new Map<string, Json>()
  for (const key of new Set([...inOrder, ...required])) {
    const value = make(memberSchema(keywords, key), maker, variant)
    if (value !== undefined) members.set(key, value)
    else if (required.includes(key)) return undefined
  }
  for (let number = 0; members.size < least && number < least * 2; number += 1) {
    const name = makeName(keywords, maker, number)
    const value = members.has(name) ? undefined : make(memberSchema(keywords, name), maker, variant)
    if (value !== undefined) members.set(name, value)
  }
  return [...members]
}

function makeName(keywords: JsonObject, maker: Maker, number: number): string {
  const [pattern] = Object.keys(toJsonObject(keywords['patternProperties']))
  const names = keywords['propertyNames'] ?? (pattern === undefined ? undefined : { pattern })
  const schema = isJsonObject(names) ? { type: 'string', ...names } : { type: 'string' }
  return String(make(schema, maker, number) ?? `example${number}`)
}

function memberSchema(keywords: JsonObject, key: string): Json | undefined {
  const own = ownMember(toJsonObject(keywords['properties']), key)
  if (own !== undefined) return own
  const [byPattern] = Object.values(toJsonObject(keywords['patternProperties']))
  return byPattern ?? keywords['additionalProperties']
}
