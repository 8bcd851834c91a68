// Where a provider is: its faces with base address and paths put together.

import type { Dialect, Operation } from '../core/dialect.ts'
import type { Face, ResolvedFace, WireProvider } from '../core/provider.ts'
import { isLoopback, joinAddress } from './address.ts'
import { dialectsOf, type Entry, type Report } from './catalogue.ts'
import type { Trust, Variable } from './environment.ts'
import type { Configuration } from './load.ts'
import type { Settings } from './settings.ts'

/** A base address other than the catalogue's, and who said so. */
export type Base = {
  readonly address: string
  readonly trust: Trust
  readonly from: 'variable' | 'file'
  /** The variable, or the path of the key in the file. */
  readonly name: string
}

/** The base address that environment or file give; the environment goes first. */
export function findBase(
  entry: Entry,
  provider: WireProvider,
  configuration: Pick<Configuration, 'environment' | 'settings' | 'trust'>,
): Base | undefined {
  const variable = findBaseVariable(entry, provider, configuration)
  if (variable && !isOwnAddress(variable.value, configuration.settings))
    return { address: variable.value, trust: variable.trust, from: 'variable', name: variable.name }
  const { table, tableName } = entry
  if (table.base_url === undefined) return undefined
  return {
    address: table.base_url,
    trust: configuration.trust,
    from: 'file',
    name: `providers.${tableName}.base_url`,
  }
}

/** The variable that would move a provider, did it not name the very gateway that reads it. */
export function findIgnoredBase(
  entry: Entry,
  provider: WireProvider,
  configuration: Pick<Configuration, 'environment' | 'settings'>,
): Variable | undefined {
  const variable = findBaseVariable(entry, provider, configuration)
  return variable && isOwnAddress(variable.value, configuration.settings) ? variable : undefined
}

function findBaseVariable(
  { origin }: Entry,
  { baseVariables = [] }: WireProvider,
  { environment }: Pick<Configuration, 'environment'>,
): Variable | undefined {
  if (origin !== 'catalogue') return undefined
  return baseVariables.map((name) => environment.get(name)).find((found) => found !== undefined)
}

// People export such a variable for their clients and start the gateway in the same shell.
function isOwnAddress(address: string, { host, port }: Settings): boolean {
  if (!URL.canParse(address)) return false
  const url = new URL(address)
  if (url.protocol !== 'http:' || Number(url.port || 80) !== port) return false
  const isEverywhere = isLoopback(host) || host === '0.0.0.0' || host === '::'
  return url.hostname === host || (isEverywhere && isLoopback(url.hostname))
}

/** What is wrong with a base address, its credentials left out; undefined when nothing is. */
export function faultOf(address: string): string | undefined {
  const advice = adviceFor(address)
  return advice && `is "${address.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/i, '$1…@')}"; it ${advice}`
}

function adviceFor(address: string): string | undefined {
  if (!URL.canParse(address)) return 'is no address; write it whole, e.g. "https://host.example/v1"'
  const { protocol, username, password, hash } = new URL(address)
  if (!/^https?:$/.test(protocol)) return 'must begin with http:// or https://'
  if (username !== '' || password !== '') return 'must not hold credentials; put the key in api_key'
  return hash === '' ? undefined : 'must not have a "#" part'
}

/** The provider's faces, best first, with addresses made. */
export function resolveFaces(
  entry: Entry,
  provider: WireProvider,
  base: Base | undefined,
  dialects: readonly Dialect[],
  report: Report,
): readonly ResolvedFace[] {
  const path = ['providers', entry.tableName ?? entry.id]
  const known = new Map(dialects.map((dialect) => [dialect.id, dialect]))
  const faces = selectFaces(entry, provider, base).filter(([id]) => known.has(id))
  if (entry.table.paths && faces.length > 1)
    report([...path, 'paths'], `fits one dialect only; add dialect = "${faces[0]?.[0]}"`)
  return faces.flatMap(([id, face]) => {
    const dialect = known.get(id)
    const address = base?.address ?? face.base
    if (address === '')
      report(
        [...path, 'dialect'],
        `is "${id}", for which the catalogue has no address; add base_url`,
        id,
      )
    return dialect && address !== ''
      ? [resolveFace(dialect, { ...face, base: address }, entry)]
      : []
  })
}

// A new base stands for the faces that shared the old one; it says nothing of the others.
function selectFaces(
  { table }: Entry,
  provider: WireProvider,
  base: Base | undefined,
): readonly (readonly [string, Face])[] {
  const named = dialectsOf(table)
  if (named) return named.map((id) => [id, provider.faces[id] ?? { base: '' }] as const)
  const faces = Object.entries(provider.faces)
  return base ? faces.filter(([, face]) => face.base === faces[0]?.[1].base) : faces
}

function resolveFace(dialect: Dialect, face: Face, { table }: Entry): ResolvedFace {
  const explicit: { readonly [O in Operation]?: string | undefined } = {
    ...face.paths,
    ...(table.paths?.chat === undefined ? {} : { chat: table.paths.chat }),
    ...(table.paths?.count_tokens === undefined
      ? {}
      : { 'count-tokens': table.paths.count_tokens }),
    ...(table.paths?.models === undefined ? {} : { models: table.paths.models }),
  }
  const operations = [...new Set([...Object.keys(dialect.paths), ...Object.keys(explicit)])]
  const paths = operations.map((operation) => {
    const own = dialect.paths[operation as Operation] ?? ''
    return [operation, joinAddress(face.base, own, explicit[operation as Operation]).path]
  })
  return {
    dialect: dialect.id,
    origin: new URL(face.base).origin,
    paths: Object.fromEntries(paths),
    ...(face.framing === undefined ? {} : { framing: face.framing }),
  }
}
