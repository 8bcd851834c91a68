// The configuration in effect, as a file that says the same, with no secret in it.

import type { Upstream } from '../core/provider.ts'
import type { Parts } from '../gateway/parts.ts'
import { tableOf } from './catalogue.ts'
import { findBase } from './faces.ts'
import type { Configuration } from './load.ts'
import type { ProviderTable } from './schema.ts'
import { isReference } from './secrets.ts'

const mask = '[secret]'

/** Everything in effect after file, environment, flags and defaults; secrets are named or masked. */
export function toShownConfig(configuration: Configuration, parts: Parts) {
  const { file, settings } = configuration
  const { server } = parts
  return {
    server: {
      host: server.host,
      port: server.port,
      api_keys: server.keys.map(({ id }) => toReference(id)),
      allowed_hosts: server.allowedHosts,
      allowed_origins: server.allowedOrigins,
      allow_open: server.allowOpen,
      unknown_model: parts.unknownModel,
      strict: parts.isStrict,
      max_body: toSize(server.maxBodyBytes),
      request_timeout: toDuration(server.requestTimeoutMs),
    },
    providers: Object.fromEntries(
      [...parts.upstreams].map(([id, upstream]) => [
        id,
        toShownProvider(upstream, tableOf(upstream, file.providers), configuration),
      ]),
    ),
    routes: Object.fromEntries(
      [...parts.routes].map(([name, { strategy, targets }]) => [
        name,
        {
          strategy: strategy.name,
          targets: targets.map(({ id, weight }) => (weight === 1 ? id : { model: id, weight })),
        },
      ]),
    ),
    retry: { max: parts.retry.max, base: toDuration(parts.retry.baseMs) },
    ...(file.queue ? { queue: file.queue } : {}),
    log: { level: settings.logLevel, format: settings.logFormat },
    discover: { enabled: file.discover?.enabled ?? true },
    ...(file.plugins ? { plugins: file.plugins } : {}),
  }
}

function toShownProvider(
  upstream: Upstream,
  table: ProviderTable | undefined,
  configuration: Configuration,
) {
  const { provider, keys, defaultModel, weight, timeouts, maxConcurrency, headers } = upstream
  const common = {
    ...(defaultModel === '' ? {} : { default_model: defaultModel }),
    weight,
    ...(maxConcurrency === undefined ? {} : { max_concurrency: maxConcurrency }),
    ...pick(table, ['models', 'allow', 'deny', 'aliases', 'streaming']),
  }
  if (provider.kind === 'local') return common
  const origin = table?.like === undefined ? 'catalogue' : 'copy'
  const entry = { id: upstream.id, provider, table: table ?? {}, origin } as const
  const base = findBase(entry, provider, configuration)?.address
  return {
    ...pick(table, ['like', 'dialect', 'dialects', 'paths']),
    base_url: base ?? Object.values(provider.faces)[0]?.base ?? '',
    ...toShownKeys(keys, table),
    ...(Object.keys(headers).length === 0 ? {} : { headers: maskHeaders(headers, table?.headers) }),
    timeouts: {
      connect: toDuration(timeouts.connectMs),
      first_byte: toDuration(timeouts.firstByteMs),
      idle: toDuration(timeouts.idleMs),
    },
    ...common,
  }
}

const pick = (table: ProviderTable | undefined, keys: readonly (keyof ProviderTable)[]) =>
  Object.fromEntries(
    keys.flatMap((key) => (table?.[key] === undefined ? [] : [[key, table[key]] as const])),
  )

/** The keys in use, or those that were written and cannot be found. */
function toShownKeys(keys: Upstream['keys'], table: ProviderTable | undefined) {
  const written = [
    ...(table?.api_key === undefined ? [] : [table.api_key]),
    ...(table?.api_keys ?? []),
  ]
  const shown =
    keys.length > 0
      ? keys.map(({ label }) => toReference(label))
      : written.map((text) => (isReference(text) ? text : mask))
  return shown.length === 0 ? {} : { api_keys: shown }
}

/** A secret by its label: where it came from when that is a place, else only that there is one. */
function toReference(label: string): string {
  if (isReference(label)) return label
  return /^[A-Z_][A-Z0-9_]*$/.test(label) ? `env:${label}` : mask
}

// Headers may be credentials under any name, so only what points elsewhere is shown.
const maskHeaders = (
  headers: Upstream['headers'],
  written: ProviderTable['headers'],
): Record<string, string> => {
  const references = new Map(
    Object.entries(written ?? {}).map(([name, text]) => [name.toLowerCase(), text] as const),
  )
  return Object.fromEntries(
    Object.keys(headers).map((name) => {
      const text = references.get(name) ?? ''
      return [name, isReference(text) ? text : mask]
    }),
  )
}

const toDuration = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`)

const sizeUnits = ['GiB', 'MiB', 'KiB'] as const

/** In the largest unit that says it whole. */
function toSize(bytes: number): string {
  for (const [index, unit] of sizeUnits.entries()) {
    const amount = bytes / 1024 ** (sizeUnits.length - index)
    if (amount >= 1 && Number.isInteger(amount)) return `${amount}${unit}`
  }
  return `${bytes}B`
}
