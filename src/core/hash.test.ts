import { expect, test } from 'vitest'
import { alphabets, hashText } from './hash.ts'

test('the same text always gives the same name', () => {
  expect(hashText('toolu_01A', 9)).toBe(hashText('toolu_01A', 9))
  expect(hashText('', 9)).toHaveLength(9)
})

test('names have the length and the letters that were asked for', () => {
  expect(hashText('x', 24)).toMatch(/^[0-9A-Za-z]{24}$/)
  expect(hashText('x', 3, alphabets.digits)).toMatch(/^[0-9]{3}$/)
  expect(hashText('x', 0)).toBe('')
})

test('a hundred thousand similar texts give as many nine letter names', () => {
  const names = new Set(
    Array.from({ length: 100_000 }, (_, number) => hashText(`call_${number}`, 9)),
  )
  expect(names.size).toBe(100_000)
})
