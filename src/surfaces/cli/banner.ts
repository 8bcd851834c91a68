// What is said at start: what was found, what `auto` means now and why, and a first call to paste.

import type { Colors } from './terminal.ts'

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

const width = 80
const indent = '  '
const column = 9

/** At most 12 lines of at most 80 columns. */
export function toBanner(facts: BannerFacts, colors: Colors): string {
  const row = (name: string, text: string): string =>
    `${indent}${colors.dim(name.padEnd(column))}${shorten(text, width - indent.length - column)}`
  const { targets, reason } = facts.auto
  return [
    `${indent}${colors.bold('dragoman')} ${colors.dim(facts.version)}  ${colors.cyan(facts.address)}`,
    '',
    row('found', toFound(facts.found)),
    row('auto', `${targets.join(', ') || 'nothing'}: ${reason}`),
    row('access', toAccess(facts)),
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

const shorten = (text: string, room: number): string =>
  text.length <= room ? text : `${text.slice(0, room - 1)}…`
