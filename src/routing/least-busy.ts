// Spreads calls by what is really going on: a slow place gets fewer, without anybody measuring it.

import type { Strategy } from '../core/route.ts'

/** Fewest calls in flight for its weight first; equals take turns by chance, so none is preferred. */
export const leastBusy: Strategy = {
  name: 'least-busy',
  summary: 'Fewest calls in flight for its weight first',
  order: (_call, targets, { inFlight, random }) =>
    targets
      .map((target) => {
        const count = inFlight(target)
        const chance = random() ** (1 / target.weight)
        return { target, count, load: count / target.weight, chance }
      })
      .toSorted((a, b) => a.load - b.load || b.chance - a.chance)
      .map(({ target, count, load }) => ({
        target,
        score: -load,
        reason: `${count} ${count === 1 ? 'call' : 'calls'} in flight${target.weight === 1 ? '' : `, weight ${target.weight}`}`,
      })),
}
