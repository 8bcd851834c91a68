// Which keys a provider is shown, and why none: a key goes to its own place only, or to one that was
// named by whoever gave the key.

import type { WireProvider } from '../core/provider.ts'
import { Secret } from '../core/secret.ts'
import type { Entry } from './catalogue.ts'
import type { Trust, Variable } from './environment.ts'
import type { Base } from './faces.ts'
import { findSecret, isReference, type SecretPlace } from './secrets.ts'

export type UpstreamKeys = { readonly keys: readonly Secret[]; readonly missingKey?: string }

export type KeyContext = SecretPlace & {
  /** The key that the command line gives to this provider. */
  readonly commandLineKey?: string
  /** Variables that hold the keys of the catalogue's own places. */
  readonly knownVariables: ReadonlySet<string>
  readonly notice: (text: string) => void
}

type ImplicitKey = { readonly secret: Secret; readonly trust: Trust; readonly from: string }

/** The keys of a provider; `missingKey` says in words why there are none although one is needed. */
export function findUpstreamKeys(
  entry: Entry,
  provider: WireProvider,
  base: Base | undefined,
  context: KeyContext,
): UpstreamKeys {
  const { table, id } = entry
  const written = [
    ...(table.api_key === undefined ? [] : [table.api_key]),
    ...(table.api_keys ?? []),
  ]
  const variable = findVariable(entry, provider, base, context)
  const implicit = findImplicit(context.commandLineKey, variable)
  const isWrittenFirst =
    context.commandLineKey === undefined &&
    (!implicit || base?.from === 'file' || written.some(isReference))
  if (written.length > 0 && isWrittenFirst) {
    warnOfTransfer(base, written, context)
    return findWritten(entry, written, context)
  }
  if (!implicit) {
    if (!provider.isKeyRequired) return { keys: [] }
    return { keys: [], missingKey: adviceFor(entry, provider) }
  }
  if (base && implicit.trust === 'operator' && isMoved(base, provider)) {
    const missingKey = `Provider "${id}" has no key: ${implicit.from} is not sent to ${base.address}, which a file in the working folder names; write api_key = "env:${variable?.name ?? 'NAME'}" beside base_url, or name the file with --config`
    return { keys: [], missingKey }
  }
  if (written.length > 0)
    context.notice(`Provider "${id}": ${implicit.from} is used, not the key in the file`)
  return { keys: [implicit.secret] }
}

// Somebody less trusted than who gave the key sends it to another host than its own.
const isMoved = ({ trust, address }: Base, { faces }: WireProvider): boolean =>
  trust === 'folder' &&
  !Object.values(faces).some(({ base }) => originOf(base) === originOf(address))

const originOf = (address: string): string | undefined =>
  URL.canParse(address) ? new URL(address).origin : undefined

// A copy at another address has nothing to do with the original's key.
function findVariable(
  { origin }: Entry,
  provider: WireProvider,
  base: Base | undefined,
  { environment }: KeyContext,
): Variable | undefined {
  if (origin === 'custom' || (origin === 'copy' && base)) return undefined
  return provider.keyVariables.map((name) => environment.get(name)).find((found) => found)
}

function findImplicit(
  commandLineKey: string | undefined,
  variable: Variable | undefined,
): ImplicitKey | undefined {
  if (commandLineKey !== undefined) {
    const secret = new Secret(commandLineKey, '--llm-api-key')
    return { secret, trust: 'operator', from: 'the key of --llm-api-key' }
  }
  if (!variable) return undefined
  const secret = new Secret(variable.value, variable.name)
  return { secret, trust: variable.trust, from: `the key in ${variable.name}` }
}

// A file that came with the folder may name any variable; that one's key then leaves for its address.
function warnOfTransfer(
  base: Base | undefined,
  written: readonly string[],
  context: KeyContext,
): void {
  if (base?.trust !== 'folder') return
  for (const text of written) {
    const name = text.startsWith('env:') ? text.slice(4).trim() : ''
    if (context.knownVariables.has(name))
      context.notice(`A file in the working folder sends the key in ${name} to ${base.address}`)
  }
}

function findWritten(entry: Entry, written: readonly string[], context: KeyContext): UpstreamKeys {
  const key = `providers.${entry.tableName}.${entry.table.api_key === undefined ? 'api_keys' : 'api_key'}`
  const found = written.map((text) => findSecret(text, key, context))
  const keys = found.flatMap((one) => (one.isFound ? [one.secret] : []))
  const reasons = found.flatMap((one) => (one.isFound ? [] : [one.reason]))
  if (keys.length === 0)
    return {
      keys,
      missingKey: `Provider "${entry.id}" has no key: ${key} names ${reasons.join(', and ')}`,
    }
  for (const reason of reasons)
    context.notice(`Provider "${entry.id}" goes on with fewer keys: ${key} names ${reason}`)
  return { keys }
}

function adviceFor({ id, origin }: Entry, { keyVariables }: WireProvider): string {
  const variables = keyVariables.join(' or ')
  const way = origin === 'catalogue' && variables !== '' ? `set ${variables}, or ` : 'set '
  return `Provider "${id}" has no key: ${way}api_key under [providers.${id}]`
}
