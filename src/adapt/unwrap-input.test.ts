import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createUnwrapper } from './unwrap-input.ts'

const unwrap = (pieces: readonly string[]): string => {
  const unwrapper = createUnwrapper('input')
  return pieces.map((piece) => unwrapper.push(piece)).join('') + unwrapper.end()
}

/** `text` cut at these places. */
const cut = (text: string, places: readonly number[]): readonly string[] => {
  const ordered = [0, ...places.map((place) => place % (text.length + 1)), text.length]
  const sorted = ordered.toSorted((a, b) => a - b)
  return sorted.slice(1).map((place, position) => text.slice(sorted[position], place))
}

test('any split of the JSON gives the text, with other members before and after it', () => {
  const others = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 })
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      others,
      others,
      fc.array(fc.nat()),
      fc.constantFrom(0, 2),
      (text, before, after, places, indent) => {
        const { input: _before, ...first } = before
        const { input: _after, ...last } = after
        const members = { ...first, input: text, ...last }
        expect(unwrap(cut(JSON.stringify(members, null, indent), places))).toBe(text)
      },
    ),
    { numRuns: 2000 },
  )
})

test('escaped text comes out whole, and no piece ends in half a character', () => {
  const json = '{"input":"\\u00e4 \\ud83c\\udf89 \\/ \\n\\t\\"q\\" \\\\n"}'
  const unwrapper = createUnwrapper('input')
  const pieces = [...json].map((character) => unwrapper.push(character))
  expect(pieces.join('') + unwrapper.end()).toBe('ä 🎉 / \n\t"q" \\n')
  for (const piece of pieces) expect(() => encodeURIComponent(piece)).not.toThrow()
})

test('text is given while it streams, not at the end', () => {
  const unwrapper = createUnwrapper('input')
  expect(unwrapper.push('{"input": "*** Begin')).toBe('*** Begin')
  expect(unwrapper.push(' Patch')).toBe(' Patch')
  expect(unwrapper.push('"}')).toBe('')
  expect(unwrapper.end()).toBe('')
})

test.each([
  ['nothing', '', ''],
  ['an empty object', '{}', ''],
  ['another name for the only string', '{"patch": "x y"}', 'x y'],
  ['a string of JSON', '"x y"', 'x y'],
  ['no JSON at all', '*** Begin Patch', '*** Begin Patch'],
  ['something else than a string', '{"input": {"a": [1]}}', '{"a":[1]}'],
  ['more than one string, none of them wanted', '{"a":"x","b":"y"}', '{"a":"x","b":"y"}'],
  ['a string that was cut off', '{"input":"half a li', 'half a li'],
  ['a string cut off in an escape', '{"input":"a\\u00', 'a'],
  ['a member of an inner object', '{"a":{"input":"no"},"input":"yes"}', 'yes'],
  ['a name written with escapes', '{"\\u0069nput":"yes"}', 'yes'],
])('a model that writes %s is understood', (_what, json, expected) => {
  expect(unwrap([json])).toBe(expected)
  expect(unwrap([...json])).toBe(expected)
})
