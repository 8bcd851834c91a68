import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ErrorKind, errorTable, GatewayError } from '../../core/error.ts'
import { mayMendItself, nextStep, type Standing } from './policy.ts'

const standing = (changes: Partial<Standing> = {}): Standing => ({
  hasOtherKey: false,
  hasNextTarget: false,
  triesLeft: 2,
  waits: 0,
  baseMs: 200,
  random: () => 0.5,
  ...changes,
})
const error = (kind: ErrorKind, retryAfterMs?: number): GatewayError =>
  new GatewayError(kind, 'it failed', { retryAfterMs })
const kinds = Object.keys(errorTable) as ErrorKind[]

test('another key comes before another target, and both before waiting', () => {
  const limited = error('provider-rate-limited')
  const all = { hasOtherKey: true, hasNextTarget: true }
  expect(nextStep(limited, standing(all))).toEqual({ type: 'other-key' })
  expect(nextStep(limited, standing({ ...all, hasOtherKey: false }))).toEqual({
    type: 'next-target',
  })
  expect(nextStep(limited, standing())).toEqual({ type: 'wait', afterMs: 100 })
})

test('a key that is not to blame is not changed', () => {
  const step = nextStep(error('provider-failed'), standing({ hasOtherKey: true }))
  expect(step.type).toBe('wait')
})

test('a wait doubles, is drawn at random, and never grows beyond reason', () => {
  const waitAfter = (waits: number): unknown =>
    nextStep(error('provider-failed'), standing({ waits, triesLeft: 99 }))
  expect(waitAfter(1)).toEqual({ type: 'wait', afterMs: 200 })
  expect(waitAfter(2)).toEqual({ type: 'wait', afterMs: 400 })
  expect(waitAfter(50)).toEqual({ type: 'wait', afterMs: 5000 })
})

test('the provider’s own word on when to come back is kept, unless it is too long to wait', () => {
  const wait = (retryAfterMs: number): unknown =>
    nextStep(error('provider-overloaded', retryAfterMs), standing())
  expect(wait(0)).toEqual({ type: 'wait', afterMs: 0 })
  expect(wait(9000)).toEqual({ type: 'wait', afterMs: 9000 })
  expect(wait(11_000)).toEqual({ type: 'give-up' })
})

test('whatever fails however often, it ends, and waits only where waiting may help', () => {
  const anyStanding = fc.record({
    hasOtherKey: fc.boolean(),
    hasNextTarget: fc.boolean(),
    triesLeft: fc.integer({ min: -1, max: 3 }),
    waits: fc.nat(100),
    chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
  })
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds),
      anyStanding,
      fc.option(fc.nat(1e7), { nil: undefined }),
      (kind, { chance, ...rest }, retryAfterMs) => {
        const failed = error(kind, retryAfterMs)
        const step = nextStep(failed, standing({ ...rest, random: () => chance }))
        if (failed.retry === 'never') expect(step.type).toBe('give-up')
        if (step.type === 'other-key') expect(rest.hasOtherKey).toBe(true)
        if (step.type === 'next-target') expect(rest.hasNextTarget).toBe(true)
        if (step.type !== 'wait') return
        expect(rest.triesLeft).toBeGreaterThan(0)
        expect(mayMendItself(failed)).toBe(true)
        expect(step.afterMs).toBeLessThanOrEqual(10_000)
      },
    ),
  )
})
