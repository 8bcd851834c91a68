// The list of framings. Dialects and providers name them by id.

import type { Framing } from '../core/framing.ts'
import { ndjson } from './ndjson.ts'
import { sse } from './sse.ts'

export const framings: readonly Framing[] = [sse, ndjson]
