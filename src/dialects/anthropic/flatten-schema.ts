// One object schema for a schema that begins with alternatives, which the API refuses at the top
// ("input_schema does not support oneOf, allOf, or anyOf at the top level").

import { type Json, type JsonObject, omit, toJsonArray, toJsonObject } from '../../core/json.ts'

const combinators = ['anyOf', 'oneOf', 'allOf'] as const
const taken = new Set<string>([...combinators, 'properties', 'required', 'additionalProperties'])

/**
 * The same schema where it begins with none. Else an object with the properties of all branches, of which
 * only those are required that every way of reading it requires. References into its own definitions are followed.
 */
export function withoutAlternatives(schema: JsonObject): JsonObject {
  const present = combinators.filter((key) => Array.isArray(schema[key]))
  if (present.length === 0) return schema
  let properties = toJsonObject(schema['properties'])
  const required = new Set(toJsonArray(schema['required']))
  for (const key of present) {
    const branches = toJsonArray(schema[key]).map((branch) => resolve(branch, schema))
    for (const branch of branches) properties = mergeProperties(properties, branch)
    for (const name of requiredBy(branches, key === 'allOf')) required.add(name)
  }
  return {
    ...omit(schema, taken),
    type: 'object',
    properties,
    ...(required.size > 0 ? { required: [...required] } : {}),
  }
}

/** A branch, or what it refers to among the schema's own definitions. */
function resolve(branch: Json, root: JsonObject): JsonObject {
  const object = toJsonObject(branch)
  const reference = object['$ref']
  const [, group, name] =
    typeof reference === 'string'
      ? (/^#\/(\$defs|definitions)\/([^/]+)$/.exec(reference) ?? [])
      : []
  const found = group && name ? toJsonObject(root[group])[name] : undefined
  return found === undefined ? object : toJsonObject(found)
}

/** A property that several branches describe differently is one of their descriptions. */
function mergeProperties(known: JsonObject, branch: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...known }
  for (const [name, schema] of Object.entries(toJsonObject(branch['properties']))) {
    const before = merged[name]
    const isSame = before === undefined || JSON.stringify(before) === JSON.stringify(schema)
    merged[name] = isSame ? schema : { anyOf: [...alternativesOf(before), schema ?? {}] }
  }
  return merged
}

const alternativesOf = (schema: Json): readonly Json[] => {
  const list = toJsonObject(schema)['anyOf']
  return Array.isArray(list) ? (list as readonly Json[]) : [schema]
}

function requiredBy(branches: readonly JsonObject[], areAllMeant: boolean): readonly Json[] {
  const lists = branches.map((branch) => toJsonArray(branch['required']))
  if (areAllMeant) return lists.flat()
  const [first = [], ...others] = lists
  return first.filter((name) => others.every((list) => list.includes(name)))
}
