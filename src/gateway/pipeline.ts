// The stages around the engine as one function: admit, prepare, answer, in list order.

import type { Call, Next, Stage } from '../core/call.ts'
import type { Operation } from '../core/dialect.ts'

type PlacedStage = {
  readonly phase: 'admit' | 'prepare' | 'answer'
  readonly operations?: readonly Operation[] | undefined
  readonly stage: Stage
}

const phases = ['admit', 'prepare', 'answer'] as const

/** Wraps `last` in every stage; a stage is passed over for operations it does not serve. */
export function compose(stages: readonly PlacedStage[], last: Next): Next {
  const ordered = phases.flatMap((phase) => stages.filter((placed) => placed.phase === phase))
  return ordered.reduceRight<Next>(
    (next, { stage, operations = ['chat'] }) =>
      (call: Call) =>
        operations.includes(call.operation) ? stage(call, next) : next(call),
    last,
  )
}
