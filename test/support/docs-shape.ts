// Whether an answer is what a page shows: the same keys, the same kinds of values, and the same texts
// where the page writes them out in full.

/** What is shown and not so, each with its place; nothing when the answer is as shown. */
export function differencesOf(
  shown: unknown,
  seen: unknown,
  place = 'the answer',
): readonly string[] {
  if (Array.isArray(shown)) {
    if (!Array.isArray(seen)) return [`${place} is no list`]
    return shown.flatMap((item, index) => differencesOf(item, seen[index], `${place}[${index}]`))
  }
  if (isTable(shown)) {
    if (!isTable(seen)) return [`${place} is no object`]
    const missing = Object.keys(shown).filter((key) => !(key in seen))
    return [
      ...missing.map((key) => `${place} has no "${key}"`),
      ...Object.entries(shown).flatMap(([key, value]) =>
        key in seen ? differencesOf(value, seen[key], `${place}.${key}`) : [],
      ),
    ]
  }
  if (typeof shown === 'string' && typeof seen === 'string')
    return textFits(shown, seen) ? [] : [`${place} is "${seen}", shown as "${shown}"`]
  return typeof shown === typeof seen ? [] : [`${place} is ${seen}, shown as ${shown}`]
}

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `…` stands for any letters. */
function textFits(shown: string, seen: string): boolean {
  let from = 0
  for (const piece of shown.split('…')) {
    const place = seen.indexOf(piece, from)
    if (place < 0) return false
    from = place + piece.length
  }
  return shown.includes('…') || shown === seen
}
