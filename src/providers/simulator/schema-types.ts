// The types a JSON Schema allows, in any of the spellings in use.

import type { Json, JsonObject } from '../../core/json.ts'

export const typeNames = [
  'object',
  'string',
  'integer',
  'number',
  'array',
  'boolean',
  'null',
] as const
export type TypeName = (typeof typeNames)[number]

const typeHints: readonly (readonly [TypeName, readonly string[]])[] = [
  [
    'object',
    ['properties', 'required', 'additionalProperties', 'patternProperties', 'minProperties'],
  ],
  ['string', ['pattern', 'format', 'minLength', 'maxLength']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
  ['array', ['items', 'prefixItems', 'minItems', 'maxItems', 'contains', 'uniqueItems']],
]

const isTypeName = (name: string): name is TypeName => typeNames.some((one) => one === name)

/**
 * The types `type` names, upper case (as some providers write them) or lower; undefined when it names
 * none that we know, which is no constraint.
 */
export function saidTypes(type: Json | undefined): readonly TypeName[] | undefined {
  const said = Array.isArray(type) ? (type as readonly Json[]) : [type]
  const known = said.map((one) => String(one).toLowerCase()).filter(isTypeName)
  return known.length === 0 ? undefined : known
}

/** The types said, null last; else those the keywords hint at, then all others. */
export function typesOf(keywords: JsonObject): readonly TypeName[] {
  const said = saidTypes(keywords['type'])
  if (said)
    return [...said.filter((name) => name !== 'null'), ...said.filter((name) => name === 'null')]
  const hinted = typeHints.filter(([, keys]) => keys.some((key) => keywords[key] !== undefined))
  return [...new Set<TypeName>([...hinted.map(([name]) => name), 'string', ...typeNames])]
}
