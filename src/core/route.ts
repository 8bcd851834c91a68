// Strategies rank; the attempt engine walks.

import type { Call } from './call.ts'
import type { Target } from './provider.ts'

/** What is known of targets right now; reads live state, changes nothing. */
export type Signals = {
  /** Calls in flight on the target's provider, streams counted to their end. */
  inFlight(target: Target): number
  random(): number
}

export type Ranked = {
  readonly target: Target
  /** Higher is better; only for people to read. */
  readonly score: number
  /** In words a newcomer follows, e.g. "2 calls in flight". */
  readonly reason: string
}

/** Synchronous, so that ranking and taking the slot are one step and calls do not herd. */
export type Strategy = {
  readonly name: string
  readonly summary: string
  order(call: Call, targets: readonly Target[], signals: Signals): readonly Ranked[]
}

/** A named way clients can ask for, e.g. `auto`. */
export type Route = {
  readonly name: string
  readonly strategy: Strategy
  readonly targets: readonly Target[]
  /** Why the route is as it is, for the banner and `explain`. */
  readonly reason: string
}
