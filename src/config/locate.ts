// Finds the line of a key in TOML text, so that an error can point at it.

const segment = `"(?:[^"\\\\]|\\\\.)*"|'[^']*'|[A-Za-z0-9_-]+`
const dotted = `(?:${segment})(?:\\s*\\.\\s*(?:${segment}))*`
const tableLine = new RegExp(`^\\s*\\[(\\[?)\\s*(${dotted})\\s*\\]`)
const keyLine = new RegExp(`^\\s*(${dotted})\\s*=(.*)$`)

type Found = { depth: number; line: number }

/**
 * The line, from 1, of the key at `path`, or of the table it would stand in; with `value` the line
 * of that string in a list over several lines. Undefined when not even the table is there.
 */
export function lineOf(
  text: string,
  path: readonly PropertyKey[],
  value?: unknown,
): number | undefined {
  const lines = text.split('\n')
  const found = findKey(lines, path)
  if (!found || typeof value !== 'string') return found?.line
  for (let index = found.line - 1; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    if (index >= found.line && (keyLine.test(line) || tableLine.test(line))) break
    if (line.includes(`"${value}"`) || line.includes(`'${value}'`)) return index + 1
  }
  return found.line
}

function findKey(lines: readonly string[], path: readonly PropertyKey[]): Found | undefined {
  let best: Found | undefined
  let table: readonly PropertyKey[] = []
  let openQuote: string | undefined
  const counts = new Map<string, number>()

  const consider = (keys: readonly PropertyKey[], line: number): void => {
    const depth = Math.min(keys.length, path.length)
    const isOnPath = keys.slice(0, depth).every((key, index) => key === path[index])
    if (isOnPath && depth > (best?.depth ?? 0)) best = { depth, line }
  }

  for (const [index, line] of lines.entries()) {
    if (openQuote !== undefined) {
      if (line.includes(openQuote)) openQuote = undefined
      continue
    }
    const header = tableLine.exec(line)
    if (header) {
      table = toSteps(header[2] ?? '')
      if (header[1] === '[') table = [...table, nextIndex(counts, table)]
      consider(table, index + 1)
      continue
    }
    const assignment = keyLine.exec(line)
    if (assignment) consider([...table, ...toSteps(assignment[1] ?? '')], index + 1)
    openQuote = openedQuote(assignment?.[2] ?? '')
  }
  return best
}

function nextIndex(counts: Map<string, number>, table: readonly PropertyKey[]): number {
  const name = JSON.stringify(table)
  const index = counts.get(name) ?? 0
  counts.set(name, index + 1)
  return index
}

const toSteps = (key: string): readonly string[] =>
  (key.match(new RegExp(segment, 'g')) ?? []).map((step) => {
    if (step.startsWith('"')) return JSON.parse(step) as string
    return step.startsWith("'") ? step.slice(1, -1) : step
  })

// The quotes of a text that goes on in the next line.
const openedQuote = (value: string): string | undefined =>
  ['"""', "'''"].find((quote) => value.split(quote).length % 2 === 0)
