// The real clock, chance and identity behind `Services`; tests hand in their own.

import { randomBytes } from 'node:crypto'
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
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    timer: (afterMs, fire) => {
      const timeout = setTimeout(fire, afterMs)
      timeout.unref()
      return { refresh: () => timeout.refresh(), clear: () => clearTimeout(timeout) }
    },
    id: (prefix) => `${prefix}_${randomBytes(12).toString('hex')}`,
    log,
  }
}
