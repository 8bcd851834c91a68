import fc from 'fast-check'
import { expect, test } from 'vitest'
import { patternText } from './pattern-text.ts'

const choice = { repeats: 1, variant: 0, maxLength: 10_000 }

test.each([
  '^[a-z]+$',
  '^\\d{3}-\\d{4}$',
  '^(?:foo|bar)-(\\w+)=\\1$',
  '^(?<word>[A-Z][a-z]{2,})\\s\\k<word>$',
  '^[^a-z\\d]{3}$',
  '^#([0-9a-fA-F]{3}){1,2}$',
  '^\\$\\{[\\w.-]+\\}$',
  '^[\\]\\-x-z]$',
  '^\\u0041\\x42\\.$',
  '^(?=[ab]*c)a?b*c{2,}$',
  'abc|def',
  '^$',
  '',
  '^[\\w-]+@[\\w-]+\\.[a-z]{2,}$',
])('writes a text that matches %s', (pattern) => {
  for (const variant of [0, 1, 5]) {
    for (const repeats of [0, 1, 3]) {
      const text = patternText(pattern, { ...choice, variant, repeats })
      expect(text).toMatch(new RegExp(pattern, 'u'))
    }
  }
})

test('writes Unicode classes', () => {
  expect(patternText('^\\p{Lu}\\p{L}+\\p{N}$', choice)).toMatch(/^\p{Lu}\p{L}+\p{N}$/u)
})

test.each(['(', '[a', 'a)', 'a{100000000}', '((a{1000}){1000}){1000}'])(
  'gives up on %s',
  (pattern) => {
    expect(patternText(pattern, choice)).toBeUndefined()
  },
)

test('reads any text at all without a crash', () => {
  const source = fc.array(fc.constantFrom(...'()[]{}|^$*+?.\\-,=!<>:dwsbkpux09az😀'), {
    maxLength: 30,
  })
  fc.assert(
    fc.property(source, (pieces) => {
      expect(['string', 'undefined']).toContain(typeof patternText(pieces.join(''), choice))
    }),
    { numRuns: 2000 },
  )
})
