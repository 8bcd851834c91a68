import { expect, test } from 'vitest'
import { z } from 'zod'
import { exampleOptions } from './example-options.ts'

test.each([
  ['nothing that may be left out', z.strictObject({ note: z.string().optional() }), {}],
  [
    'the plainest value of each kind',
    z.strictObject({
      models: z.array(z.string().min(3)).min(1),
      limit: z.int().min(5),
      share: z.number().positive().max(1),
      count: z.int(),
      isLoud: z.boolean(),
      mode: z.enum(['soft', 'hard']),
      place: z.union([z.string(), z.strictObject({ name: z.string() })]),
    }),
    { models: ['aaa'], limit: 5, share: 1, count: 1, isLoud: false, mode: 'soft', place: 'a' },
  ],
  [
    "the schema's own words first",
    z.strictObject({
      wait: z
        .string()
        .regex(/^\d+s$/)
        .meta({ examples: ['10s'] }),
    }),
    { wait: '10s' },
  ],
])('%s', (_name, schema, options) => {
  expect(exampleOptions(schema)).toEqual(options)
  expect(() => schema.parse(exampleOptions(schema))).not.toThrow()
})

test('a schema of another library gets no options', () => {
  expect(exampleOptions({ parse: (value) => value })).toEqual({})
})
