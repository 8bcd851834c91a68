import { expect, test } from 'vitest'
import { nearest, suggestion } from './nearest.ts'

test('finds a misspelt name, whatever its case', () => {
  expect(nearest('Opnai', ['anthropic', 'openai', 'groq'])).toEqual(['openai'])
  expect(nearest('max_concurency', ['max_size', 'max_concurrency'])).toEqual(['max_concurrency'])
})

test('finds a name that was cut short', () => {
  expect(nearest('gpt', ['gpt-5.6-luna', 'claude'])).toEqual(['gpt-5.6-luna'])
})

test('says nothing when nothing is close', () => {
  expect(nearest('zzz', ['openai', 'groq'])).toEqual([])
  expect(suggestion('zzz', ['openai'])).toBe('')
  expect(suggestion('prot', ['port', 'host'])).toBe(' (did you mean "port"?)')
})
