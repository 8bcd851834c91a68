// docs/errors.md has a row for every kind of error, and it says what the table in core says.

const tableFile = 'src/core/error.ts'
const page = 'docs/errors.md'
const entry = /^ {2}'?([a-z-]+)'?: rule\((\d+), '(\w+)', '(\w+)', '(\w+)'\)/gm
const row = /^\| `([a-z-]+)` \| (\d+) \| `(\w+)` \| (\w+) \| (\w+) \|/gm

export const name = 'error kinds in docs'

export function check(project) {
  const kinds = rowsOf(project.file(tableFile)?.text ?? '', entry)
  const told = rowsOf(project.file(page)?.text ?? '', row)
  const wrong = [...kinds].filter(([kind, facts]) => told.get(kind) !== facts)
  const gone = [...told.keys()].filter((kind) => !kinds.has(kind))
  return {
    failures: [
      ...(kinds.size === 0 ? [`${tableFile}: no kinds found; has the table's form changed?`] : []),
      ...wrong.map(([kind, facts]) => `${page}: \`${kind}\` must say ${facts}`),
      ...gone.map((kind) => `${page}: there is no kind \`${kind}\``),
    ],
    warnings: [],
  }
}

const rowsOf = (text, form) =>
  new Map([...text.matchAll(form)].map(([, kind, ...facts]) => [kind, facts.join(' ')]))
