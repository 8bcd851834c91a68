// The contract every strategy keeps, whatever it prefers.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Call } from '../core/call.ts'
import type { Target } from '../core/provider.ts'
import type { Signals, Strategy } from '../core/route.ts'

/** Targets `p0/m`, `p1/m` … with these weights. */
export const createTargets = (weights: readonly number[]): readonly Target[] =>
  weights.map((weight, index) => {
    const id = `p${index}`
    // A strategy reads ids, weights and signals; the rest of an upstream is not its business.
    return { id: `${id}/m`, upstream: { id }, model: 'm', weight } as unknown as Target
  })

/** Signals that count `inFlight[provider]` calls and draw `chances` in turn. */
export function createSignals(
  inFlight: Readonly<Record<string, number>> = {},
  chances: readonly number[] = [0.5],
): Signals {
  let drawn = 0
  return {
    inFlight: ({ upstream }) => inFlight[upstream.id] ?? 0,
    random: () => chances[drawn++ % chances.length] ?? 0,
  }
}

const anyCase = fc.record({
  weights: fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { maxLength: 8 }),
  counts: fc.array(fc.nat(20), { minLength: 8, maxLength: 8 }),
  chances: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 8 }),
})

/** Checks a strategy: nothing lost, nothing invented, nothing changed, every place explained. */
export function describeStrategy(strategy: Strategy): void {
  describe(`strategy ${strategy.name}`, () => {
    test('has a kebab-case name and says in one line what it does', () => {
      expect(strategy.name).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(strategy.summary).toMatch(/^[^\n]{5,80}$/)
    })

    test('ranks every target exactly once, best score first, each with a reason', () => {
      fc.assert(
        fc.property(anyCase, ({ weights, counts, chances }) => {
          const targets = createTargets(weights)
          const before = [...targets]
          const inFlight = Object.fromEntries(counts.map((count, index) => [`p${index}`, count]))
          const ranked = strategy.order({} as Call, targets, createSignals(inFlight, chances))
          expect(new Set(ranked.map(({ target }) => target))).toEqual(new Set(targets))
          expect(ranked).toHaveLength(targets.length)
          expect(targets).toEqual(before)
          for (const [index, { score, reason }] of ranked.entries()) {
            expect(score).toBeLessThanOrEqual(ranked[index - 1]?.score ?? Number.POSITIVE_INFINITY)
            expect(reason).not.toBe('')
          }
        }),
      )
    })

    test('ranks the same way when everything is the same', () => {
      const targets = createTargets([1, 2, 3])
      const order = () =>
        strategy.order({} as Call, targets, createSignals({ p1: 2 }, [0.2, 0.9, 0.4]))
      expect(order()).toEqual(order())
    })
  })
}
