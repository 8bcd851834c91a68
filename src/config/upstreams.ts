// Providers as the configuration made them: addresses, keys, models, limits.

import type { Dialect } from '../core/dialect.ts'
import type { Provider, Upstream, WireProvider } from '../core/provider.ts'
import { createEntries, type Entry, type Report } from './catalogue.ts'
import { faultOf, findBase, findIgnoredBase, resolveFaces } from './faces.ts'
import { toModelFilter } from './globs.ts'
import type { Configuration } from './load.ts'
import type { ProviderTable } from './schema.ts'
import { findSecret } from './secrets.ts'
import { defaults } from './settings.ts'
import { findUpstreamKeys } from './upstream-keys.ts'

export type UpstreamContext = {
  readonly configuration: Configuration
  readonly dialects: readonly Dialect[]
  readonly report: Report
  /** Takes note of something the operator should know that is not wrong. */
  readonly notice: (text: string) => void
  /** The provider that `--llm-api-key` is for. */
  readonly keyedProvider?: string
  /** Variables that hold the keys of the catalogue's own places. */
  readonly knownVariables: ReadonlySet<string>
}

/** A provider that could be used, and whether the file asks for it. */
export type Candidate = { readonly upstream: Upstream; readonly isInFile: boolean }

/** Every provider there is in order of preference, with a key or not: the file's, then the rest. */
export function createUpstreams(
  catalogue: readonly Provider[],
  context: UpstreamContext,
): readonly Candidate[] {
  const { file } = context.configuration
  const isDiscovering = file.discover?.enabled !== false
  const entries = createEntries(catalogue, file.providers ?? {}, isDiscovering, context.report)
  return entries.map((entry) => {
    const { provider } = entry
    const isInFile = entry.tableName !== undefined
    return provider.kind === 'local'
      ? { upstream: toLocalUpstream(entry, context), isInFile }
      : { upstream: toWireUpstream(entry, provider, context), isInFile }
  })
}

const wireOnly = [
  'like',
  'dialect',
  'dialects',
  'base_url',
  'api_key',
  'api_keys',
  'paths',
  'headers',
  'timeouts',
] as const

function toLocalUpstream(entry: Entry, { report, configuration }: UpstreamContext): Upstream {
  for (const key of wireOnly) {
    if (entry.table[key] !== undefined)
      report(
        ['providers', entry.tableName ?? entry.id, key],
        `does not fit: ${entry.provider.label} runs inside this process`,
      )
  }
  return { ...toCommon(entry, configuration), faces: [], keys: [], headers: {} }
}

function toWireUpstream(entry: Entry, provider: WireProvider, context: UpstreamContext): Upstream {
  const { configuration, report, notice } = context
  const { environment, folder } = configuration
  const base = findBase(entry, provider, configuration)
  const ignored = findIgnoredBase(entry, provider, configuration)
  if (ignored)
    notice(
      `${ignored.name} is the address of this gateway itself, meant for its clients; provider "${entry.id}" is reached at its usual one`,
    )
  const fault = base && faultOf(base.address)
  if (fault)
    report(
      ['providers', entry.tableName ?? entry.id, 'base_url'],
      `${base.from === 'variable' ? `(${base.name}) ` : ''}${fault}`,
    )
  const commandLineKey =
    context.keyedProvider === entry.id ? configuration.overrides.upstreamKey : undefined
  const { knownVariables } = context
  const keyContext = {
    environment,
    folder,
    notice,
    knownVariables,
    ...(commandLineKey === undefined ? {} : { commandLineKey }),
  }
  const found = findUpstreamKeys(entry, provider, base, keyContext)
  const { headers, missing } = toHeaders(entry, provider, context)
  const missingKey = found.missingKey ?? missing
  return {
    ...toCommon(entry, configuration),
    faces: fault ? [] : resolveFaces(entry, provider, base, context.dialects, report),
    keys: found.keys,
    ...(missingKey === undefined ? {} : { missingKey }),
    headers,
  }
}

function toCommon({ id, provider, table, origin }: Entry, configuration: Configuration) {
  const serves = toModelFilter(table.allow, table.deny)
  const listed = table.models ?? (provider.kind === 'local' ? provider.models : undefined)
  const models = serves ? listed?.filter(serves) : listed
  return {
    id: provider.id,
    provider,
    label: origin === 'catalogue' ? provider.label : id,
    defaultModel: toDefaultModel({ id, provider, table, origin }, configuration, models),
    ...(models ? { models } : {}),
    ...(serves ? { serves } : {}),
    aliases: table.aliases ?? {},
    ...(table.max_concurrency === undefined ? {} : { maxConcurrency: table.max_concurrency }),
    timeouts: toTimeouts(table, configuration),
    weight: table.weight ?? 1,
    ...(table.streaming === undefined ? {} : { profile: { streaming: table.streaming } }),
  }
}

function toDefaultModel(
  { provider, table, origin }: Entry,
  { environment }: Configuration,
  models: readonly string[] | undefined,
): string {
  const names =
    provider.kind === 'wire' && origin === 'catalogue' ? (provider.modelVariables ?? []) : []
  const variable = names.map((name) => environment.get(name)).find((found) => found)
  if (variable) return variable.value
  if (table.default_model !== undefined) return table.default_model
  if (models && !models.includes(provider.defaultModel)) return models[0] ?? ''
  return provider.defaultModel
}

function toTimeouts(
  { timeouts }: ProviderTable,
  { settings }: Configuration,
): Upstream['timeouts'] {
  const { connectMs, firstByteMs, idleMs } = defaults.timeouts
  return {
    connectMs: timeouts?.connect ?? connectMs,
    firstByteMs: settings.firstByteTimeoutMs ?? timeouts?.first_byte ?? firstByteMs,
    idleMs: timeouts?.idle ?? idleMs,
  }
}

const ourHeaders =
  /^(host|connection|content-length|content-type|transfer-encoding|te|upgrade|cookie|x-router-.*)$/

function toHeaders(
  entry: Entry,
  provider: WireProvider,
  { configuration, report }: UpstreamContext,
) {
  const headers: Record<string, string> = {}
  let missing: string | undefined
  for (const [header, variable] of Object.entries(provider.headerVariables ?? {})) {
    const value =
      entry.origin === 'catalogue' ? configuration.environment.get(variable)?.value : undefined
    if (value !== undefined) headers[header] = value
  }
  for (const [header, text] of Object.entries(entry.table.headers ?? {})) {
    const name = header.toLowerCase()
    const path = ['providers', entry.tableName ?? entry.id, 'headers', header]
    if (ourHeaders.test(name) || !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
      report(path, 'is not a header one can set')
    const found = findSecret(text, path.join('.'), configuration)
    if (found.isFound) headers[name] = found.secret.reveal()
    else missing = `Provider "${entry.id}" lacks its header ${name}: it names ${found.reason}`
  }
  return { headers, missing }
}
