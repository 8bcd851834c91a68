import { describe, expect, test } from 'vitest'
import type { Call } from '../core/call.ts'
import { createSignals, createTargets, describeStrategy } from '../testing/describe-strategy.ts'
import { strategies } from './index.ts'
import { leastBusy } from './least-busy.ts'
import { priority } from './priority.ts'

for (const strategy of strategies) describeStrategy(strategy)

const call = {} as Call

describe('priority', () => {
  test('keeps the order of the list however busy the targets are', () => {
    const ranked = priority.order(call, createTargets([1, 9, 1]), createSignals({ p0: 99 }))
    expect(ranked.map(({ target }) => target.id)).toEqual(['p0/m', 'p1/m', 'p2/m'])
    expect(ranked[0]?.reason).toBe('number 1 in the list')
  })
})

describe('least-busy', () => {
  test('prefers the target with the fewest calls in flight', () => {
    const ranked = leastBusy.order(
      call,
      createTargets([1, 1, 1]),
      createSignals({ p0: 3, p1: 1, p2: 2 }),
    )
    expect(ranked.map(({ target }) => target.id)).toEqual(['p1/m', 'p2/m', 'p0/m'])
    expect(ranked.map(({ reason }) => reason)).toEqual([
      '1 call in flight',
      '2 calls in flight',
      '3 calls in flight',
    ])
  })

  test('a target of weight 2 is as busy with two calls as another with one', () => {
    const ranked = leastBusy.order(call, createTargets([1, 2]), createSignals({ p0: 2, p1: 3 }))
    expect(ranked[0]?.target.id).toBe('p1/m')
    expect(ranked[0]?.reason).toBe('3 calls in flight, weight 2')
  })

  test('among equals chance decides, and weight 2 wins twice as often as weight 1', () => {
    let state = 1
    const random = () => {
      state = (state * 16_807) % 2_147_483_647
      return state / 2_147_483_647
    }
    const targets = createTargets([1, 2])
    let wins = 0
    for (let index = 0; index < 6000; index += 1) {
      const [first] = leastBusy.order(call, targets, { inFlight: () => 0, random })
      if (first?.target.id === 'p1/m') wins += 1
    }
    expect(wins / 6000).toBeGreaterThan(0.64)
    expect(wins / 6000).toBeLessThan(0.7)
  })
})
