// What taking and giving back a place costs.

import { built } from './built.mjs'
import { time } from './timing.mjs'

const { createMemoryLedger } = await built('stores/memory-ledger.js')

const ledger = createMemoryLedger()
const claims = [
  { resource: 'provider:one', amount: 1, limit: 100 },
  { resource: 'calls', amount: 1, limit: 100 },
]

time(
  'ledger: reserve and settle two claims',
  () => {
    const reservation = ledger.reserve(claims)
    if (reservation.isGranted) reservation.lease.settle()
  },
  { budgetUs: 5 },
)
