// What somebody probably meant: the known names closest to a name that is not known.

/** Up to `count` of `names` that differ from `name` by few letters, closest first. */
export function nearest(name: string, names: Iterable<string>, count = 1): readonly string[] {
  const wanted = name.toLowerCase()
  const allowed = Math.max(2, Math.floor(wanted.length / 3))
  return [...names]
    .map((known) => ({ known, distance: nearness(wanted, known.toLowerCase()) }))
    .filter(({ distance }) => distance <= allowed)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ known }) => known)
}

/** ` (did you mean "x"?)`, or nothing: to be put behind a message that names what is not known. */
export function suggestion(name: string, names: Iterable<string>): string {
  const [meant] = nearest(name, names)
  return meant === undefined ? '' : ` (did you mean "${meant}"?)`
}

// A name that was cut short is as close as a misspelt one.
const nearness = (wanted: string, known: string): number =>
  wanted.length > 2 && (known.startsWith(wanted) || known.endsWith(wanted))
    ? 1
    : editDistance(wanted, known)

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const substituted = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      const shifted = Math.min(previous[column] ?? 0, current[column - 1] ?? 0) + 1
      current.push(Math.min(substituted, shifted))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
