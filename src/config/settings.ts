// Single values that file, environment and command line may all give: which one holds.

import { suggestion } from '../core/nearest.ts'
import { ConfigError, type Problem } from './config-error.ts'
import type { Environment } from './environment.ts'
import type { ConfigFile } from './schema.ts'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error'
export type LogFormat = 'console' | 'json'

/** What the command line said. */
export type Overrides = {
  readonly host?: string
  readonly port?: number
  /** Keys clients must show, besides those of file and environment. */
  readonly clientKeys?: readonly string[]
  readonly provider?: string
  readonly model?: string
  /** The key shown to the provider of `auto`. */
  readonly upstreamKey?: string
  readonly logLevel?: LogLevel
  readonly logFormat?: LogFormat
}

export type Settings = {
  readonly host: string
  readonly port: number
  readonly instanceId: string
  readonly requestTimeoutMs: number
  /** Undefined = each provider's own, else the default. */
  readonly firstByteTimeoutMs?: number
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  /** The provider `LLM_ROUTER_PROVIDER` names. */
  readonly wantedProvider?: string
}

export const defaults = {
  host: '127.0.0.1',
  port: 8081,
  instanceId: 'local-instance',
  maxBodyBytes: 32 * 1024 * 1024,
  requestTimeoutMs: 30_000,
  timeouts: { connectMs: 10_000, firstByteMs: 300_000, idleMs: 120_000 },
  retry: { max: 2, baseMs: 200 },
  logLevel: 'info',
  logFormat: 'console',
} as const

const levels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error']

type Given = {
  readonly file: ConfigFile
  readonly environment: Environment
  readonly overrides: Overrides
}

/** Command line over environment over file over default. Throws a ConfigError on bad variables. */
export function toSettings({ file, environment, overrides }: Given): Settings {
  const reader = createReader(environment)
  const provider = environment.get('LLM_ROUTER_PROVIDER')?.value
  const firstByteTimeoutMs = reader.number('LLM_ROUTER_PROVIDER_TIMEOUT_MS', 1)
  const settings: Settings = {
    host: withoutBrackets(
      overrides.host ??
        environment.get('LLM_ROUTER_HOST')?.value ??
        file.server?.host ??
        defaults.host,
    ),
    port:
      overrides.port ??
      reader.number('LLM_ROUTER_PORT', 0, 65_535) ??
      file.server?.port ??
      defaults.port,
    instanceId: environment.get('LLM_ROUTER_INSTANCE_ID')?.value ?? defaults.instanceId,
    requestTimeoutMs:
      reader.number('LLM_ROUTER_REQUEST_TIMEOUT_MS', 1) ??
      file.server?.request_timeout ??
      defaults.requestTimeoutMs,
    ...(firstByteTimeoutMs === undefined ? {} : { firstByteTimeoutMs }),
    logLevel: overrides.logLevel ?? reader.level() ?? file.log?.level ?? defaults.logLevel,
    logFormat: overrides.logFormat ?? file.log?.format ?? defaults.logFormat,
    ...(provider === undefined ? {} : { wantedProvider: provider }),
  }
  if (reader.problems.length > 0) throw new ConfigError(reader.problems)
  return settings
}

// `[::1]` as addresses write it; a socket wants it bare.
const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

const toLogLevel = (text: string): LogLevel | undefined =>
  levels.find((level) => level === text.toLowerCase())

function createReader(environment: Environment) {
  const problems: Problem[] = []

  const number = (
    name: string,
    least: number,
    most = Number.MAX_SAFE_INTEGER,
  ): number | undefined => {
    const variable = environment.get(name)
    if (!variable) return undefined
    const value = Number(variable.value)
    if (/^\d+$/.test(variable.value) && value >= least && value <= most) return value
    const range =
      most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `of at least ${least}`
    const message = `is "${variable.value}"; it must be a whole number ${range}`
    problems.push({ source: variable.from, key: name, message })
    return undefined
  }

  const level = (): LogLevel | undefined => {
    const rust = environment
      .get('RUST_LOG')
      ?.value.split(',')
      .find((part) => !part.includes('='))
    const fromRust = toLogLevel(rust ?? '')
    if (fromRust) return fromRust
    const own = environment.get('LLM_LINK_LOG_LEVEL')
    const fromOwn = toLogLevel(own?.value ?? '')
    if (own && !fromOwn) {
      const message = `is "${own.value}"; it must be one of ${levels.join(', ')}${suggestion(own.value, levels)}`
      problems.push({ source: own.from, key: own.name, message })
    }
    return fromOwn ?? (isOn(environment.get('LLM_ROUTER_DEBUG')?.value) ? 'debug' : undefined)
  }

  return { problems, number, level }
}

/** Flags are false for nothing, `0`, `false` and `no`; any other text is true. */
export const isOn = (text: string | undefined): boolean =>
  text !== undefined && !['', '0', 'false', 'no'].includes(text.trim().toLowerCase())
