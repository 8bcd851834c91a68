// Finds what a JSON Schema's `$ref` points to, inside the same document.

import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'

/** The schema `reference` names; `false`, which nothing is valid for, when there is none. */
export function resolveReference(root: JsonObject, reference: string): Json {
  if (reference === '#' || reference === '' || reference === root['$id']) return root
  const place = reference.indexOf('#')
  if (place < 0) return findNamed(root, reference, 0) ?? false
  const fragment = decode(reference.slice(place + 1))
  if (!fragment.startsWith('/')) return findNamed(root, fragment, 0) ?? false
  let found: Json | undefined = root
  for (const step of fragment.slice(1).split('/')) {
    found = member(found, step.replaceAll('~1', '/').replaceAll('~0', '~'))
  }
  return found ?? false
}

function decode(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch {
    return fragment
  }
}

function member(value: Json | undefined, step: string): Json | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
  return (value as JsonObject)[step]
}

/** The definition with this `$id` or `$anchor`. */
function findNamed(schema: JsonObject, name: string, depth: number): JsonObject | undefined {
  if (schema['$id'] === name || schema['$anchor'] === name) return schema
  if (depth > 8) return undefined
  for (const group of [schema['$defs'], schema['definitions']]) {
    for (const inner of Object.values(isJsonObject(group) ? group : {})) {
      const found = isJsonObject(inner) ? findNamed(inner, name, depth + 1) : undefined
      if (found) return found
    }
  }
  return undefined
}
