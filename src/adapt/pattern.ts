// The shapes of ids and names as profiles write them, and new names that fit them.

import { alphabets, hashText } from '../core/hash.ts'

const compiled = new Map<string, RegExp | undefined>()

/** The whole-text form of a profile's expression; undefined when it is no expression. */
function compile(pattern: string): RegExp | undefined {
  if (compiled.has(pattern)) return compiled.get(pattern)
  let expression: RegExp | undefined
  try {
    expression = new RegExp(`^(?:${pattern})$`)
  } catch {
    // An operator's slip in one expression must not fail every call.
  }
  compiled.set(pattern, expression)
  return expression
}

export type Shape = { readonly pattern: string; readonly length: number }

/** True when `text` has the shape. A pattern that is no regular expression fits everything. */
export const fits = (text: string, { pattern, length }: Shape): boolean =>
  text.length <= length && (compile(pattern)?.test(text) ?? true)

const preferredLength = 24

/** A text of the shape that is always the same for `text`; undefined when none of ours fits. */
export function toFitting(
  text: string,
  shape: Shape,
  prefixes: readonly string[],
): string | undefined {
  const longest = Math.min(shape.length, 64)
  const preferred = Math.min(preferredLength, longest)
  // Exact lengths are rare (nine, in one place): other lengths are tried after the preferred one.
  const others = Array.from({ length: longest }, (_, index) => longest - index)
  for (const length of [preferred, ...others]) {
    for (const prefix of prefixes) {
      if (prefix.length >= length) continue
      for (const alphabet of Object.values(alphabets)) {
        const candidate = prefix + hashText(text, length - prefix.length, alphabet)
        if (fits(candidate, shape)) return candidate
      }
    }
  }
  return undefined
}
