import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { JsonObject } from '../../core/json.ts'
import { isValid } from './schema-check.ts'
import { schemaValue } from './schema-value.ts'

/** The validity that counts here is zod's: it reads JSON Schemas with code that is not ours. */
const expectValid = (schema: JsonObject): void => {
  for (const detail of ['full', 'required'] as const) {
    const value = schemaValue(schema, detail)
    const result = z
      .fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
      .safeParse(value)
    expect(result.error?.issues ?? [], JSON.stringify({ schema, value })).toEqual([])
  }
}

const toSchema = (text: string): JsonObject => JSON.parse(text) as JsonObject

const scalarSchema: fc.Arbitrary<z.ZodType> = fc.oneof(
  fc.constantFrom<z.ZodType>(
    z.string(),
    z.boolean(),
    z.null(),
    z.email(),
    z.uuid(),
    z.iso.datetime(),
    z.iso.date(),
    z.url(),
    z.ipv4(),
    z.int(),
    z.number(),
    z.string().regex(/^[A-Z]{2,3}-\d{4}(?:\.(?:x|y))?$/),
  ),
  fc.tuple(fc.nat(30), fc.nat(30)).map(([least, more]) =>
    z
      .string()
      .min(least)
      .max(least + more),
  ),
  fc.tuple(fc.integer({ min: -50, max: 50 }), fc.nat(30)).map(([low, more]) =>
    z
      .number()
      .min(low)
      .max(low + more),
  ),
  fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 2, max: 9 })).map(([low, more]) =>
    z
      .int()
      .gt(low)
      .lt(low + more),
  ),
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: -50, max: 50 }))
    .map(([step, low]) => z.int().multipleOf(step).min(low)),
  fc
    .uniqueArray(fc.string(), { minLength: 1, maxLength: 4 })
    .map((list) => z.enum(list as [string])),
  fc.oneof(fc.string(), fc.integer(), fc.boolean()).map((value) => z.literal(value)),
)

const { schema: anySchema } = fc.letrec<{ schema: z.ZodType }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalarSchema,
    fc
      .dictionary(
        fc.string({ maxLength: 6 }).filter((key) => key !== '__proto__'),
        fc.tuple(tie('schema'), fc.boolean()),
        { maxKeys: 4, noNullPrototype: true },
      )
      .map((shape) =>
        z.strictObject(
          Object.fromEntries(
            Object.entries(shape).map(([key, [inner, isOptional]]) => [
              key,
              isOptional ? inner.optional() : inner,
            ]),
          ),
        ),
      ),
    fc.tuple(tie('schema'), fc.nat(3), fc.nat(3)).map(([inner, least, more]) =>
      z
        .array(inner)
        .min(least)
        .max(least + more),
    ),
    fc
      .array(tie('schema'), { minLength: 1, maxLength: 3 })
      .map((list) => z.tuple(list as [z.ZodType])),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((list) => z.union(list)),
    tie('schema').map((inner) => inner.nullable()),
    tie('schema').map((inner) => z.record(z.string(), inner)),
  ),
}))

describe('schemaValue', () => {
  test('is valid for any schema of the usual kind', () => {
    fc.assert(
      fc.property(anySchema, (schema) => expectValid(z.toJSONSchema(schema) as JsonObject)),
      { numRuns: 500 },
    )
  })

  test.each<[string, JsonObject]>([
    [
      'references',
      {
        $ref: '#/$defs/a',
        $defs: {
          a: { type: 'object', properties: { b: { $ref: '#/$defs/b' } }, required: ['b'] },
          b: { enum: [7] },
        },
      },
    ],
    [
      'allOf',
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          {
            type: 'object',
            properties: { a: { minLength: 12 }, b: { type: 'null' } },
            required: ['b'],
          },
        ],
      },
    ],
    [
      'anyOf beside properties',
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' } },
        anyOf: [{ required: ['a'] }, { required: ['b'] }],
      },
    ],
    ['type lists', { type: ['null', 'integer'], minimum: 2 }],
    ['unique items', { type: 'array', items: { enum: [1, 2, 3] }, minItems: 3, uniqueItems: true }],
    [
      'unique objects',
      {
        type: 'array',
        items: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
        minItems: 4,
        uniqueItems: true,
      },
    ],
    [
      'tuples',
      { type: 'array', prefixItems: [{ type: 'string' }, { type: 'boolean' }], items: false },
    ],
    [
      'contains',
      { type: 'array', contains: { const: 5 }, items: { type: 'integer' }, minItems: 3 },
    ],
    [
      'free members',
      { type: 'object', additionalProperties: { type: 'integer' }, minProperties: 3 },
    ],
    ['required members without a schema', { type: 'object', required: ['x'] }],
    ['exclusive bounds', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.001 }],
    ['fractions', { type: 'number', multipleOf: 0.1, minimum: 0.25 }],
    ['nothing at all', {}],
  ])('knows %s', (_name, schema) => {
    const value = schemaValue(schema)
    expect(isValid(value, schema, { root: schema, spend: () => {} })).toBe(true)
    expectValid(schema)
  })

  test.each<[string, JsonObject, unknown]>([
    [
      'if, then and else',
      toSchema(`{ "type": "object", "properties": { "kind": { "enum": ["a", "b"] } },
        "required": ["kind"], "if": { "properties": { "kind": { "const": "a" } } },
        "then": { "required": ["x"], "properties": { "x": { "type": "integer" } } } }`),
      { kind: 'a', x: 1 },
    ],
    [
      'older definitions',
      toSchema(`{ "type": "object", "properties": { "a": { "$ref": "#/definitions/a~1b" } },
        "definitions": { "a/b": { "type": "integer", "minimum": 3 } } }`),
      { a: 3 },
    ],
    [
      'oneOf that all members at once would break',
      toSchema(`{ "type": "object", "properties": { "a": { "const": 1 }, "b": { "const": 2 } },
        "oneOf": [{ "required": ["a"] }, { "required": ["b"] }] }`),
      { a: 1 },
    ],
    [
      'not',
      toSchema(
        '{ "type": "string", "not": { "const": "example" }, "maxLength": 9, "anyOf": [{}, { "minLength": 9 }] }',
      ),
      'examplexx',
    ],
    [
      'defaults and examples',
      {
        type: 'object',
        properties: {
          a: { type: 'integer', default: 9 },
          b: { type: 'string', examples: ['hello'] },
        },
      },
      { a: 9, b: 'hello' },
    ],
    ['types in upper case', { type: 'OBJECT', properties: { a: { type: 'INTEGER' } } }, { a: 1 }],
    [
      'dependent members',
      {
        type: 'object',
        properties: { a: { const: 1 }, b: { const: 2 } },
        required: ['a'],
        dependentRequired: { a: ['b'] },
      },
      { a: 1, b: 2 },
    ],
    [
      'member names like those every object has',
      toSchema(
        '{"type":"object","required":["__proto__","constructor"],"properties":{"__proto__":{"const":1},"constructor":{"const":2}}}',
      ),
      JSON.parse('{"__proto__":1,"constructor":2}'),
    ],
  ])('reads %s', (_name, schema, expected) => {
    expect(JSON.stringify(schemaValue(schema))).toBe(JSON.stringify(expected))
  })

  test('ends on recursive schemas, whichever way they recurse', () => {
    const list: JsonObject = {
      type: 'object',
      properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
      required: ['next'],
      additionalProperties: false,
    }
    const tree: JsonObject = {
      type: 'object',
      properties: { children: { type: 'array', items: { $ref: '#' } } },
      required: ['children'],
      additionalProperties: false,
    }
    const branches: JsonObject = {
      $ref: '#/$defs/node',
      $defs: {
        node: {
          anyOf: [
            {
              type: 'object',
              properties: { left: { $ref: '#/$defs/node' }, right: { $ref: '#/$defs/node' } },
              required: ['left', 'right'],
            },
            { $ref: '#/$defs/leaf' },
          ],
        },
        leaf: { type: 'integer' },
      },
    }
    for (const schema of [list, tree, branches]) {
      const value = schemaValue(schema)
      expect(isValid(value, schema, { root: schema, spend: () => {} })).toBe(true)
      expect(JSON.stringify(value).length).toBeLessThan(2000)
    }
  })

  test.each<[string, JsonObject]>([
    ['contradictions', { allOf: [{ type: 'string' }, { type: 'integer' }] }],
    ['a loop of references', { $ref: '#' }],
    ['an unknown reference', { $ref: '#/$defs/nowhere' }],
    [
      'required recursion without an end',
      { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] },
    ],
    ['an immense text', { type: 'string', minLength: 1e9 }],
    [
      'many large texts',
      toSchema(`{ "type": "array", "minItems": 900, "items": { "type": "array", "minItems": 40,
        "items": { "type": "string", "minLength": 60000 } } }`),
    ],
    ['an immense array', { type: 'array', minItems: 1e9, items: { type: 'integer' } }],
    [
      'exponential choices',
      {
        $ref: '#/$defs/a0',
        $defs: Object.fromEntries(
          Array.from({ length: 30 }, (_, at) => [
            `a${at}`,
            { anyOf: [{ $ref: `#/$defs/a${at + 1}` }, { $ref: `#/$defs/a${at + 1}` }] },
          ]),
        ),
      },
    ],
  ])('refuses %s', (_name, schema) => {
    expect(() => schemaValue(schema)).toThrow(
      expect.objectContaining({ kind: 'rejected', code: 'invalid_json_schema' }),
    )
  })

  test('gives the same value every time', () => {
    const schema: JsonObject = {
      type: 'object',
      properties: { a: { type: 'string', format: 'uuid' }, b: { type: 'number' } },
    }
    expect(schemaValue(schema)).toEqual(schemaValue(schema))
  })
})
