import { expect, test } from 'vitest'
import { withoutAlternatives } from './flatten-schema.ts'

const text = { type: 'string' }
const number = { type: 'number' }

test('a schema without alternatives at its top stays the very same', () => {
  const schema = { type: 'object', properties: { a: { anyOf: [text, number] } } }
  expect(withoutAlternatives(schema)).toBe(schema)
})

test('alternatives become one object that requires what all of them do', () => {
  expect(
    withoutAlternatives({
      description: 'd',
      anyOf: [
        { type: 'object', properties: { a: text, b: text }, required: ['a', 'b'] },
        { $ref: '#/$defs/Other' },
      ],
      $defs: { Other: { type: 'object', properties: { a: number }, required: ['a'] } },
    }),
  ).toEqual({
    description: 'd',
    $defs: { Other: { type: 'object', properties: { a: number }, required: ['a'] } },
    type: 'object',
    properties: { a: { anyOf: [text, number] }, b: text },
    required: ['a'],
  })
})

test('what must hold together is all required', () => {
  const schema = {
    properties: { a: text },
    required: ['a'],
    allOf: [{ properties: { b: number }, required: ['b'] }, { properties: { c: text } }],
  }
  expect(withoutAlternatives(schema)).toEqual({
    type: 'object',
    properties: { a: text, b: number, c: text },
    required: ['a', 'b'],
  })
})
