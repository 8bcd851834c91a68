// The configuration in effect, as a file that says the same, with no secret in it.

import type { Upstream } from '../core/provider.ts'
import type { Parts } from '../gateway/parts.ts'
import type { Configuration } from './load.ts'
import type { ProviderTable } from './schema.ts'
import { isReference } from './secrets.ts'

const mask = '[secret]'

/** Everything in effect after file, environment, flags and defaults; secrets are named or masked. */
export function toShownConfig({ file, settings }: Configuration, parts: Parts) {
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
      max_body: `${server.maxBodyBytes}B`,
      request_timeout: toDuration(server.requestTimeoutMs),
    },
    providers: Object.fromEntries(
      [...parts.upstreams].map(([id, upstream]) => [
        id,
        toShownProvider(upstream, file.providers?.[id]),
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

function toShownProvider(upstream: Upstream, table: ProviderTable | undefined) {
  const { provider, keys, defaultModel, weight, timeouts, maxConcurrency, headers } = upstream
  const common = {
    ...(defaultModel === '' ? {} : { default_model: defaultModel }),
    weight,
    ...(maxConcurrency === undefined ? {} : { max_concurrency: maxConcurrency }),
    ...pick(table, ['models', 'allow', 'deny', 'aliases', 'streaming']),
  }
  if (provider.kind === 'local') return common
  const [base] = Object.values(provider.faces)
  return {
    ...pick(table, ['like', 'dialect', 'dialects', 'paths']),
    base_url: table?.base_url ?? base?.base ?? '',
    ...(keys.length === 0 ? {} : { api_keys: keys.map(({ label }) => toReference(label)) }),
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
