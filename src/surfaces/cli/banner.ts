// What is said at start: what was found, what `auto` means now and why, and a first call to paste.

import { type Colors, shorten } from './terminal.ts'

export type BannerFacts = {
  readonly version: string
  /** What clients connect to, e.g. `http://127.0.0.1:8081`. */
  readonly address: string
  /** Providers ready to use, each with the name (never the value) of its key when it has one. */
  readonly found: readonly { readonly label: string; readonly key?: string }[]
  readonly auto: { readonly targets: readonly string[]; readonly reason: string }
  /** Names of the keys clients must show one of. */
  readonly clientKeys: readonly string[]
  readonly isLoopback: boolean
  /** The configuration file in use. */
  readonly config?: string
  /** The model of the call to paste. */
  readonly tryModel: string
}

type Paint = (text: string) => string

const widest = 80
const indent = '  '
const column = 9

/** At most 12 lines of at most 80 columns; only the call to paste is never cut. */
export function toBanner(facts: BannerFacts, colors: Colors, columns = widest): string {
  const room = Math.max(Math.min(columns, widest) - indent.length - column, 1)
  const row = (name: string, text: string, paint: Paint = String): string =>
    `${indent}${colors.dim(name.padEnd(column))}${paint(shorten(text, room))}`
  const { targets, reason } = facts.auto
  const isExposed = facts.clientKeys.length === 0 && !facts.isLoopback
  return [
    `${indent}${colors.bold('dragoman')} ${colors.dim(facts.version)}  ${colors.cyan(facts.address)}`,
    '',
    row('found', toFound(facts.found)),
    row('auto', `${targets.join(', ') || 'nothing'}: ${reason}`),
    row('access', toAccess(facts), isExposed ? colors.red : String),
    row('config', facts.config === undefined ? 'no file, none needed' : `${facts.config}, watched`),
    '',
    ...toTryLines(facts).map((line) => `${indent}${line}`),
    '',
  ].join('\n')
}

const toFound = (found: BannerFacts['found']): string =>
  found.map(({ label, key }) => (key === undefined ? label : `${label} (${key})`)).join(', ') ||
  'no provider'

function toAccess({ clientKeys, isLoopback }: BannerFacts): string {
  if (clientKeys.length > 0) return `with a key: ${clientKeys.join(', ')}`
  return isLoopback ? 'this machine only, no key' : 'OPEN to the network, no key'
}

function toTryLines({ address, clientKeys, tryModel }: BannerFacts): readonly string[] {
  const [key] = clientKeys
  const shown = key !== undefined && /^[A-Z_][A-Z0-9_]*$/.test(key) ? `$${key}` : 'YOUR_KEY'
  const body = `{"model":"${tryModel}","messages":[{"role":"user","content":"Hello"}]}`
  return [
    `curl ${address}/v1/chat/completions \\`,
    ...(key === undefined ? [] : [`  -H "authorization: Bearer ${shown}" \\`]),
    "  -H 'content-type: application/json' \\",
    `  -d '${body}'`,
  ]
}
