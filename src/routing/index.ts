// The list of strategies.

import type { Strategy } from '../core/route.ts'
import { leastBusy } from './least-busy.ts'
import { priority } from './priority.ts'

export const strategies: readonly Strategy[] = [priority, leastBusy]
