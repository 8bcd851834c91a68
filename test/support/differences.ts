// The one list of differences that are known and wanted. It may only shrink: a difference that no
// longer occurs must be taken off.

import allowed from './allowed-differences.json' with { type: 'json' }
import type { Difference } from './oracle.ts'

type AllowedDifference = {
  readonly case: string
  readonly client: string
  readonly field: string
  readonly reason: string
}

export const allowedDifferences: readonly AllowedDifference[] = allowed

const isSame = (allowance: AllowedDifference, id: string, client: string, field: string): boolean =>
  allowance.case === id && allowance.client === client && allowance.field === field

/** Sorts differences into wanted and unwanted ones, and remembers which wanted ones were seen. */
export function createDifferenceBook() {
  const seen = new Set<AllowedDifference>()
  return {
    unwanted: (
      id: string,
      client: string,
      differences: readonly Difference[],
    ): readonly Difference[] =>
      differences.filter(({ field }) => {
        const known = allowedDifferences.find((allowance) => isSame(allowance, id, client, field))
        if (known) seen.add(known)
        return known === undefined
      }),
    /** Listed differences of the cases that ran which did not occur. */
    stale: (ranCases: ReadonlySet<string>): readonly AllowedDifference[] =>
      allowedDifferences.filter(
        (allowance) => ranCases.has(allowance.case) && !seen.has(allowance),
      ),
  }
}
