import { describeLedger } from '../testing/describe-ledger.ts'
import { createMemoryLedger } from './memory-ledger.ts'

describeLedger('memory', createMemoryLedger)
