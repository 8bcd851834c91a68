// Waits for what is about to happen: nothing is slept away, and what never happens is said.

import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'

/** Asks until `observe` gives `wanted`; throws with what it gave last after `withinMs`. */
export async function waitUntil<T>(observe: () => T, wanted: T, withinMs = 10_000): Promise<void> {
  const until = performance.now() + withinMs
  for (;;) {
    const seen = observe()
    if (isDeepStrictEqual(seen, wanted)) return
    if (performance.now() > until)
      throw new Error(`Waited for ${JSON.stringify(wanted)}, still ${JSON.stringify(seen)}`)
    await wait(5)
  }
}
