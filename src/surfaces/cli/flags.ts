// The flags every command takes, and what they say to the configuration.

import { type Command, InvalidArgumentError, Option } from 'commander'
import type { LoadRequest } from '../../config/load.ts'
import type { LogFormat, LogLevel } from '../../config/settings.ts'

export type Flags = {
  readonly host?: string
  readonly port?: number
  readonly config?: string
  readonly provider?: string
  readonly model?: string
  readonly apiKey?: string
  readonly token?: string
  readonly llmApiKey?: string
  readonly envFile?: readonly string[]
  readonly logLevel?: LogLevel
  readonly logFormat?: LogFormat
  readonly verbose?: boolean
  readonly json?: boolean
}

const levels = ['trace', 'debug', 'info', 'warn', 'error']

/** Adds the flags that work before and after every command. */
export const withFlags = (program: Command): Command =>
  program
    .optionsGroup('Listening:')
    .option('-H, --host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('-p, --port <number>', 'port to listen on (default: 8081)', toPort)
    .option('--api-key <key>', 'key clients must show; better in DRAGOMAN_API_KEY')
    .option('-t, --token <key>', 'the same as --api-key')
    .optionsGroup('Models:')
    .option('--provider <id>', 'provider that "auto" means')
    .option('--model <id>', 'model that "auto" means')
    .option('--llm-api-key <key>', 'key shown to --provider; better in its own variable')
    .optionsGroup('Configuration:')
    .option('-c, --config <file>', 'configuration file (default: ./dragoman.toml)')
    .option('--env-file <file>', 'more variables, addresses too; may be repeated', collect)
    .option('--use-env', 'read ./.env, as is done anyway')
    .optionsGroup('Output:')
    .option('--json', 'print data as JSON')
    .addOption(
      new Option('--log-level <level>', `how much is logged: ${levels.join(', ')}`).choices(levels),
    )
    .addOption(new Option('--log-format <format>', 'console or json').choices(['console', 'json']))
    .option('-v, --verbose', 'the same as --log-level debug')
    .optionsGroup('Options:')

function toPort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.')
}

const collect = (file: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  file,
]

/** The configuration these flags ask for, looked for from `folder`. */
export function toLoadRequest(flags: Flags, folder: string): LoadRequest {
  const { host, port, provider, model, config, envFile } = flags
  const level = flags.logLevel ?? (flags.verbose ? 'debug' : undefined)
  const clientKeys = [flags.apiKey, flags.token].filter((key) => key !== undefined)
  return {
    folder,
    ...(config === undefined ? {} : { configPath: config }),
    ...(envFile === undefined ? {} : { envFiles: envFile }),
    overrides: {
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(provider === undefined ? {} : { provider }),
      ...(model === undefined ? {} : { model }),
      ...(clientKeys.length === 0 ? {} : { clientKeys }),
      ...(flags.llmApiKey === undefined ? {} : { upstreamKey: flags.llmApiKey }),
      ...(level === undefined ? {} : { logLevel: level }),
      ...(flags.logFormat === undefined ? {} : { logFormat: flags.logFormat }),
    },
  }
}

const secretFlags = {
  apiKey: '--api-key',
  token: '--token',
  llmApiKey: '--llm-api-key',
} as const satisfies Partial<Record<keyof Flags, string>>

/** One sentence for each secret given as a flag. */
export const secretWarnings = (flags: Flags): readonly string[] =>
  Object.entries(secretFlags)
    .filter(([name]) => flags[name as keyof typeof secretFlags] !== undefined)
    .map(([, flag]) => `${flag} is shown by ps to everybody on this machine; a variable is not`)
