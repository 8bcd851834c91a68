// Options a plugin can be tried with, read off its own schema, so that a test over the whole list of
// plugins needs no word about any of them.

import { z } from 'zod'
import type { OptionsSchema } from '../core/call.ts'

type Outline = z.core.JSONSchema.JSONSchema

/**
 * The plainest options that fit: the schema's own examples and defaults where it gives them (zod:
 * `.meta({ examples: [...] })`, needed where a text has a pattern), required keys only. Empty for a
 * schema that is not zod's.
 */
export function exampleOptions(schema: OptionsSchema<unknown>): Readonly<Record<string, unknown>> {
  if (!(schema instanceof z.ZodType)) return {}
  return exampleOf(z.toJSONSchema(schema, { io: 'input' })) as Readonly<Record<string, unknown>>
}

function exampleOf(outline: Outline | boolean | undefined): unknown {
  if (typeof outline !== 'object') return undefined
  const { examples, enum: choices, anyOf, const: only } = outline
  const [given = outline.default ?? only ?? choices?.[0]] = Array.isArray(examples) ? examples : []
  return given ?? (anyOf ? exampleOf(anyOf[0]) : plainest(outline))
}

function plainest(outline: Outline): unknown {
  const { type, properties = {}, required = [], items, minItems = 0, minLength = 1 } = outline
  switch (type) {
    case 'object':
      return Object.fromEntries(required.map((key) => [key, exampleOf(properties[key])]))
    case 'array':
      return Array.from({ length: minItems }, () => exampleOf(items as Outline))
    case 'string':
      return 'a'.repeat(Math.max(1, minLength))
    case 'integer':
    case 'number':
      return plainestNumber(outline)
    case 'boolean':
      return false
    default:
      return undefined
  }
}

const plainestNumber = ({ minimum = 1, exclusiveMinimum = 0, maximum }: Outline): number =>
  Math.min(Math.max(1, minimum, Number(exclusiveMinimum) + 1), maximum ?? Number.POSITIVE_INFINITY)
