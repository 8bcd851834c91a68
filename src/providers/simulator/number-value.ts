// Numbers that are valid for a JSON Schema's number keywords.

import type { JsonObject } from '../../core/json.ts'

/** Candidates in order of preference, small and round ones first; not all of them are valid. */
export function* numberValues(
  keywords: JsonObject,
  isInteger: boolean,
  variant: number,
): Iterable<number> {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf } = keywords
  const step = typeof multipleOf === 'number' && multipleOf > 0 ? multipleOf : 1
  const bounds = [minimum, exclusiveMinimum, maximum, exclusiveMaximum].filter(
    (bound) => typeof bound === 'number',
  )
  const starts = [
    step,
    0,
    ...bounds.flatMap((bound) => [
      Math.ceil(bound / step) * step,
      Math.floor(bound / step) * step,
      bound,
    ]),
  ]
  for (const start of starts) {
    for (const offset of [variant, variant + 1, -variant, -variant - 1]) {
      const value = Number((start + offset * step).toPrecision(15))
      yield isInteger ? Math.round(value) : value
    }
  }
  if (isInteger) for (let times = 1; times <= 100; times += 1) yield Math.round(step * times)
  const [low, high] = [Math.min(...bounds), Math.max(...bounds)]
  if (bounds.length > 1) yield low + (high - low) / (variant + 2)
}
