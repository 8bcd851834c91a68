// The list of plugins. Within a phase they run in this order.

import type { Plugin } from '../core/call.ts'
import { concurrency } from './concurrency.ts'

export const plugins: readonly Plugin[] = [concurrency]
