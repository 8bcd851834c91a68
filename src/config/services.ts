// The outside world of one gateway: clock, chance, log, limits and network.

import type { Logger } from '../core/services.ts'
import { createServices, type GatewayServices } from '../gateway/services.ts'
import { createTransport } from '../gateway/transport.ts'
import { createMemoryLedger } from '../stores/memory-ledger.ts'

/** Services on the real clock and network; limits are counted in this process. */
export const createGatewayServices = (log?: Logger): GatewayServices => ({
  ...createServices(log),
  ledger: createMemoryLedger(),
  transport: createTransport(),
})
