import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadFixtures } from './load-fixtures.ts'

const root = join(import.meta.dirname, '../../fixtures')

test('loadFixtures() reads the cases of the dialects asked for, under the names asked for', () => {
  const all = loadFixtures(root, { dialects: { anthropic: 'messages' } })
  expect(new Set(all.map(({ dialect }) => dialect))).toEqual(new Set(['messages']))
  expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted())
})

test('loadFixtures() reads the request’s bytes and fields, the answer and its expectation', () => {
  const [first] = loadFixtures(root, { dialects: { 'openai-chat': 'openai-chat' } }).filter(
    ({ id }) => id === 'sample-openai-chat/text-stream',
  )
  expect(first).toMatchObject({ isStream: true, status: 200, provider: 'sample' })
  expect(JSON.parse(Buffer.from(first?.request?.bytes ?? []).toString())).toEqual(
    first?.request?.json,
  )
  expect(Buffer.from(first?.response ?? []).toString()).toMatch(/^data: /)
  expect(first?.expected).toHaveProperty('choices')
})
