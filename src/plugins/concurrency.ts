// Bounds how many calls are in flight over the whole gateway; the rest are told to come back.

import { z } from 'zod'
import { definePlugin } from '../core/call.ts'
import { GatewayError } from '../core/error.ts'

const retryAfterMs = 1000

/** `[queue] max_concurrency`: a call keeps its place until it is settled, its stream included. */
export const concurrency = definePlugin({
  name: 'concurrency',
  phase: 'admit',
  summary: 'At most so many calls in flight at a time',
  operations: ['chat', 'count-tokens'],
  options: z.strictObject({ max_concurrency: z.int().min(1) }),
  setup: ({ max_concurrency: limit }, { ledger }) => ({
    stage: async (call, next) => {
      const reservation = ledger.reserve([{ resource: 'calls', amount: 1, limit }])
      if (!reservation.isGranted) {
        const message = `${limit} calls are in flight, as many as queue.max_concurrency allows; try again in a moment`
        throw new GatewayError('overloaded', message, { retryAfterMs })
      }
      call.onSettled(() => reservation.lease.settle())
      return next(call)
    },
  }),
})
