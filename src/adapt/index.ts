// The list of adaptations: one line per member. The order matters, and each member's place says why;
// what has run once leaves nothing for itself or for the whole list to do.

import type { Adaptation } from '../core/adaptation.ts'
import { customTools } from './custom-tools.ts'
import { emptyText } from './empty-text.ts'
import { foreignBlocks } from './foreign-blocks.ts'
import { media } from './media.ts'
import { outputLimit } from './output-limit.ts'
import { reasoningEffort } from './reasoning-effort.ts'
import { reasoningState } from './reasoning-state.ts'
import { sampling } from './sampling.ts'
import { stopSequences } from './stop-sequences.ts'
import { structuredOutput } from './structured-output.ts'
import { systemPlacement } from './system-placement.ts'
import { thinkingInToolLoop } from './thinking-in-tool-loop.ts'
import { toolChoice } from './tool-choice.ts'
import { toolErrors } from './tool-errors.ts'
import { toolIds } from './tool-ids.ts'
import { toolNames } from './tool-names.ts'
import { toolResults } from './tool-results.ts'
import { toolSupport } from './tool-support.ts'
import { turns } from './turns.ts'

/** Applied from first to last; their changes to the answer are undone from last to first. */
export const adaptations: readonly Adaptation[] = [
  // What the target cannot take at all goes, or is refused, before anything is made of it.
  foreignBlocks,
  toolSupport,
  media,
  toolErrors,
  reasoningState,
  // May take whole turns away, so it comes before what looks at neighbours.
  emptyText,
  // Images moved out of results stand behind them only once the results are in their place.
  toolResults,
  // Whether the model thinks is settled before what depends on it: choice, sampling, prefill.
  reasoningEffort,
  thinkingInToolLoop,
  customTools,
  // Adds a tool and a choice, so it comes before what limits choices.
  structuredOutput,
  toolChoice,
  // After all that adds instructions, and before turns, as it adds user text.
  systemPlacement,
  turns,
  // After all that makes up ids and names.
  toolIds,
  toolNames,
  sampling,
  stopSequences,
  outputLimit,
]
