import { expect, test } from 'vitest'
import { carryExtensions } from './extensions.ts'
import { createLosses } from './loss.ts'

const fields = { store: false, metadata: {}, list: [], nothing: null, speed: 'fast', count: 0 }

test('a target of the same dialect gets every field as it came', () => {
  const losses = createLosses()
  expect(carryExtensions({ dialect: 'a', fields }, 'a', losses)).toBe(fields)
  expect(losses.list).toEqual([])
})

test('other targets lose what asks for something, and only that is told', () => {
  const losses = createLosses()
  expect(carryExtensions({ dialect: 'a', fields }, 'b', losses, 'tools.')).toEqual({})
  expect(losses.list.map(({ what }) => what)).toEqual(['tools.speed', 'tools.count'])
})

test('what only says again what stands beside it is no loss', () => {
  const losses = createLosses()
  expect(carryExtensions({ dialect: 'a', fields, isRestated: true }, 'b', losses)).toEqual({})
  expect(losses.list).toEqual([])
})
