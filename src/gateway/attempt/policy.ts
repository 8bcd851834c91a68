// What follows a failed attempt. Pure: errors and what is left in, the next step out.

import type { GatewayError } from '../../core/error.ts'

export type Step =
  | { readonly type: 'give-up' }
  /** The same target, at once, with another key. */
  | { readonly type: 'other-key' }
  | { readonly type: 'next-target' }
  /** From the first target again that a wait may mend, after `afterMs`. */
  | { readonly type: 'wait'; readonly afterMs: number }

export type Standing = {
  readonly hasOtherKey: boolean
  readonly hasNextTarget: boolean
  /** Extra tries left in the whole call. */
  readonly triesLeft: number
  /** How often it has waited already. */
  readonly waits: number
  readonly baseMs: number
  readonly random: () => number
}

// A provider that asks for a longer pause is not waited for: the client is told to come back.
const longestWaitMs = 10_000

/** Prefers another key, then another target, to waiting; waits only where a wait may help. */
export function nextStep(error: GatewayError, standing: Standing): Step {
  if (error.retry === 'never') return { type: 'give-up' }
  if (error.retry === 'key' && standing.hasOtherKey) return { type: 'other-key' }
  if (standing.hasNextTarget) return { type: 'next-target' }
  if (standing.triesLeft <= 0 || !mayMendItself(error)) return { type: 'give-up' }
  const ownMs = standing.random() * Math.min(longestWaitMs, standing.baseMs * 2 ** standing.waits)
  const afterMs = error.retryAfterMs ?? ownMs
  return afterMs > longestWaitMs ? { type: 'give-up' } : { type: 'wait', afterMs }
}

/** True for errors that the same request on the same target may not meet a moment later. */
export const mayMendItself = (error: GatewayError): boolean =>
  error.retry === 'same' || error.kind === 'provider-rate-limited' || error.kind === 'overloaded'
