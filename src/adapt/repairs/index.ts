// The list of repairs for any target: one line per member, tried in this order after a refusal.

import type { Repair } from '../../core/adaptation.ts'
import { changeThinkingMode } from './change-thinking-mode.ts'
import { dropRefusedParameter } from './drop-refused-parameter.ts'
import { sayJson } from './say-json.ts'
import { stripReasoningState } from './strip-reasoning-state.ts'

/** Each is tried once per target. The general one comes last: it would drop what others can mend. */
export const repairs: readonly Repair[] = [
  changeThinkingMode,
  stripReasoningState,
  sayJson,
  dropRefusedParameter,
]
