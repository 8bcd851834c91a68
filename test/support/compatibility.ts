// docs/compatibility.md: written from what the matrix found with our own fixtures, so that it is the
// same on every machine.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { allowedDifferences } from './differences.ts'
import type { ClientDialect } from './oracle.ts'

const path = join(import.meta.dirname, '../../docs/compatibility.md')

export type Cell = {
  readonly client: ClientDialect
  readonly provider: string
  readonly features: readonly string[]
}

type Tally = { good: number; differing: number; bad: number }

/** Rows of the table: a feature as people say it, and the fixture features that belong to it. */
const rows: readonly (readonly [label: string, ...features: readonly string[]])[] = [
  ['Text', 'text'],
  ['System and developer instructions', 'system'],
  ['Several turns', 'multi-turn'],
  ['Tool calls', 'tool-call'],
  ['Parallel tool calls', 'parallel-tools'],
  ['Tool arguments in odd framings', 'stream-tool-args'],
  ['Odd stream framings', 'odd-framing'],
  ['Tool results', 'tool-result'],
  ['Images', 'image-in'],
  ['Documents', 'doc-in'],
  ['Reasoning', 'reasoning'],
  ['Signed and redacted reasoning', 'signature', 'redacted-thinking'],
  ['Structured output', 'json-schema', 'json-object'],
  ['Refusals and filters', 'refusal'],
  ['Length stops', 'length'],
  ['Stop sequences', 'stop-sequences'],
  ['Log probabilities', 'logprobs'],
  ['Several choices', 'n>1'],
  ['Citations', 'citations'],
  ['Provider-run tools', 'pause'],
  ['Cached and cache-write usage', 'cached-tokens', 'cache-write'],
  [
    'Errors before the answer',
    ...[200, 400, 401, 403, 404, 413, 429, 500, 502, 503, 529].map((status) => `error-${status}`),
  ],
  ['Errors inside a stream', 'midstream-error'],
  ['Cut streams', 'stream-without-terminal-event'],
]

const columns: readonly (readonly [label: string, client: ClientDialect, provider: string])[] = [
  ['Chat Completions ← Chat Completions', 'openai-chat', 'openai-chat'],
  ['Chat Completions ← Messages', 'openai-chat', 'anthropic'],
  ['Messages ← Chat Completions', 'anthropic', 'openai-chat'],
  ['Messages ← Messages', 'anthropic', 'anthropic'],
]

export function createCompatibilityTable() {
  const tallies = new Map<string, Tally>()
  const tallyOf = (key: string): Tally => {
    const tally = tallies.get(key) ?? { good: 0, differing: 0, bad: 0 }
    tallies.set(key, tally)
    return tally
  }
  return {
    add: ({ client, provider, features }: Cell, isGood: boolean, isDiffering: boolean): void => {
      for (const [label, ...wanted] of rows) {
        if (!wanted.some((feature) => features.includes(feature))) continue
        const tally = tallyOf(`${label}|${client}|${provider}`)
        if (!isGood) tally.bad += 1
        else if (isDiffering) tally.differing += 1
        else tally.good += 1
      }
    },
    /** Writes the page; where tests run for judgement (CI set) it must be so already. True when it is. */
    publish: (): boolean => {
      const page = render(tallies)
      const isCurrent = existsSync(path) && readFileSync(path, 'utf8') === page
      if (isCurrent) return true
      if (process.env['CI'] && process.env['WRITE_DOCS'] !== '1') return false
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, page)
      return true
    },
  }
}

function render(tallies: ReadonlyMap<string, Tally>): string {
  const lines = rows.map(([label]) => {
    const cells = columns.map(([, client, provider]) =>
      toCell(tallies.get(`${label}|${client}|${provider}`)),
    )
    return `| ${label} | ${cells.join(' | ')} |`
  })
  const differences = allowedDifferences
    .filter(({ case: id }) => id.startsWith('sample-'))
    .map(
      ({ case: id, client, field, reason }) => `| \`${id}\` | ${client} | ${field} | ${reason} |`,
    )
  return [
    '# Compatibility',
    '',
    'Written by `test/matrix.test.ts`: do not edit. Every exchange of `fixtures/` goes through the running',
    'gateway, for clients that stream and clients that do not; what the client understands is compared with',
    'what an official SDK, or a person, makes of the provider’s answer. `12 ✓` means twelve such exchanges,',
    'all understood alike; `~` counts those with a listed difference, `✗` those that fail.',
    '',
    `| Client ← provider | ${columns.map(([label]) => label).join(' | ')} |`,
    `|---|${columns.map(() => '---').join('|')}|`,
    ...lines,
    '',
    '## Listed differences',
    '',
    ...(differences.length > 0
      ? ['| Exchange | Client | What differs | Why |', '|---|---|---|---|', ...differences]
      : ['None.']),
    '',
  ].join('\n')
}

function toCell(tally: Tally | undefined): string {
  if (!tally) return '–'
  const { good, differing, bad } = tally
  return [
    good > 0 ? `${good} ✓` : '',
    differing > 0 ? `${differing} ~` : '',
    bad > 0 ? `${bad} ✗` : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
}
