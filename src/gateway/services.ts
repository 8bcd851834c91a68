// The real clock, chance and identity behind `Services`; tests hand in their own.

import { randomFillSync } from 'node:crypto'
import type { Ledger } from '../core/ledger.ts'
import type { Logger, Services } from '../core/services.ts'
import type { Transport } from './transport.ts'

/** Everything a gateway is given from outside. */
export type GatewayServices = Services & { readonly ledger: Ledger; readonly transport: Transport }

/** Says nothing: for libraries and tests. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
}

/** Services on the real clock. */
export function createServices(log: Logger = silentLogger): Services {
  const nextIdentity = createIdentities()
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    timer: (afterMs, fire) => {
      const timeout = setTimeout(fire, afterMs)
      timeout.unref()
      return { refresh: () => timeout.refresh(), clear: () => clearTimeout(timeout) }
    },
    id: (prefix) => `${prefix}_${nextIdentity()}`,
    log,
  }
}

const identityBytes = 12
const identitiesAtOnce = 256

// Asking the system for chance costs ten times what an id does otherwise: it is asked for many at once.
function createIdentities(): () => string {
  const pool = Buffer.alloc(identityBytes * identitiesAtOnce)
  let taken = pool.length
  return () => {
    if (taken === pool.length) {
      randomFillSync(pool)
      taken = 0
    }
    taken += identityBytes
    return pool.toString('hex', taken - identityBytes, taken)
  }
}
