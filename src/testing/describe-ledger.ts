// The contract every ledger keeps, in memory or over machines.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Lease, Ledger } from '../core/ledger.ts'

const leaseOf = (reservation: ReturnType<Ledger['reserve']>): Lease => {
  if (!reservation.isGranted) throw new Error(`${reservation.resource} was refused`)
  return reservation.lease
}

/** Checks a ledger: limits hold, all claims or none, settling once is enough. */
export function describeLedger(name: string, createLedger: () => Ledger): void {
  describe(`ledger ${name}`, () => {
    const claim = (resource: string, amount: number, limit: number) => ({ resource, amount, limit })

    test('grants up to the limit and names what is refused', () => {
      const ledger = createLedger()
      leaseOf(ledger.reserve([claim('calls', 2, 3)]))
      leaseOf(ledger.reserve([claim('calls', 1, 3)]))
      expect(ledger.inUse('calls')).toBe(3)
      expect(ledger.reserve([claim('calls', 1, 3)])).toEqual({
        isGranted: false,
        resource: 'calls',
        limit: 3,
      })
    })

    test('a settled lease makes room; settling again changes nothing', () => {
      const ledger = createLedger()
      const first = leaseOf(ledger.reserve([claim('calls', 1, 2)]))
      const second = leaseOf(ledger.reserve([claim('calls', 1, 2)]))
      first.settle()
      first.settle()
      expect(ledger.inUse('calls')).toBe(1)
      second.settle()
      expect(ledger.inUse('calls')).toBe(0)
    })

    test('takes all claims or none', () => {
      const ledger = createLedger()
      leaseOf(ledger.reserve([claim('full', 1, 1)]))
      expect(ledger.reserve([claim('free', 1, 9), claim('full', 1, 1)]).isGranted).toBe(false)
      expect(ledger.inUse('free')).toBe(0)
    })

    test('counts a resource claimed twice at once as both', () => {
      const ledger = createLedger()
      expect(ledger.reserve([claim('calls', 1, 1), claim('calls', 1, 1)]).isGranted).toBe(false)
      expect(ledger.inUse('calls')).toBe(0)
    })

    test('a lowered limit refuses new claims and leaves old leases alone', () => {
      const ledger = createLedger()
      const lease = leaseOf(ledger.reserve([claim('calls', 5, 5)]))
      expect(ledger.reserve([claim('calls', 1, 2)]).isGranted).toBe(false)
      lease.settle()
      expect(ledger.reserve([claim('calls', 1, 2)]).isGranted).toBe(true)
    })

    test('no claims are always granted, and a resource nobody took is not in use', () => {
      const ledger = createLedger()
      leaseOf(ledger.reserve([])).settle()
      expect(ledger.inUse('anything')).toBe(0)
    })

    test('whatever the order of taking and settling, the sum is right and never above the limit', () => {
      const step = fc.record({
        resource: fc.constantFrom('a', 'b'),
        amount: fc.integer({ min: 1, max: 3 }),
        settles: fc.nat(9),
      })
      fc.assert(
        fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
          const ledger = createLedger()
          const out: { lease: Lease; resource: string; amount: number }[] = []
          for (const { resource, amount, settles } of steps) {
            const reservation = ledger.reserve([claim(resource, amount, 5)])
            if (reservation.isGranted) out.push({ lease: reservation.lease, resource, amount })
            if (settles < 4) out.splice(settles, 1)[0]?.lease.settle()
            for (const name of ['a', 'b']) {
              const expected = out.reduce(
                (sum, one) => sum + (one.resource === name ? one.amount : 0),
                0,
              )
              expect(ledger.inUse(name)).toBe(expected)
              expect(expected).toBeLessThanOrEqual(5)
            }
          }
          for (const { lease } of out) lease.settle()
          expect(ledger.inUse('a') + ledger.inUse('b')).toBe(0)
        }),
      )
    })
  })
}
