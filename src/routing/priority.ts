// The order in which targets are written is the order in which they are tried.

import type { Strategy } from '../core/route.ts'

/** The first target that works, from the top of the list. */
export const priority: Strategy = {
  name: 'priority',
  summary: 'In the order they are listed',
  order: (_call, targets) =>
    targets.map((target, position) => ({
      target,
      score: targets.length - position,
      reason: `number ${position + 1} in the list`,
    })),
}
