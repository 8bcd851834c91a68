// The one schema of the configuration file, composed from the lists. It validates, and published as
// JSON Schema it lets editors complete.

import { z } from 'zod'
import type { Plugin } from '../core/call.ts'
import type { Dialect } from '../core/dialect.ts'
import type { Strategy } from '../core/route.ts'
import { parseDuration, parseSize } from './units.ts'

/** The lists the schema is composed from. */
export type SchemaLists = {
  readonly dialects: readonly Pick<Dialect, 'id'>[]
  readonly strategies: readonly Pick<Strategy, 'name'>[]
  readonly plugins: readonly Pick<Plugin, 'name' | 'summary' | 'options'>[]
}

const quantity = (parse: (text: string) => number | undefined, example: string, least: number) =>
  z
    .string()
    .describe(`A quantity with its unit, e.g. ${example}`)
    .transform((text, context) => {
      const amount = parse(text)
      if (amount !== undefined && amount >= least) return amount
      const message = `must be a quantity with its unit, e.g. ${example}`
      context.issues.push({ code: 'custom', message, input: text })
      return z.NEVER
    })

const duration = quantity(parseDuration, '"10s" or "200ms"', 1)
const pause = quantity(parseDuration, '"10s" or "200ms"', 0)
const size = quantity(parseSize, '"32MiB"', 1)

const text = z.string().min(1)
const secret = text.describe('"env:NAME", "file:PATH" or the secret itself')
const count = z.int().min(1)
const path = z.string().regex(/^\//, 'must begin with "/", e.g. "/v1/chat/completions"')

/** Every key may be left out; keys not listed are errors. */
const table = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.strictObject(shape).partial()

const server = table({
  host: text.describe('Address to listen on; anything but loopback needs a key or allow_open'),
  port: z.int().min(0).max(65_535),
  api_keys: z.array(secret).describe('Keys clients must show; none = open on loopback'),
  allowed_hosts: z.array(text).describe('Host names besides loopback accepted while no key is set'),
  allowed_origins: z.array(text),
  allow_open: z.boolean().describe('Serve off loopback without any key'),
  unknown_model: z.enum(['reject', 'auto']).describe('What a model name nobody knows means'),
  strict: z.boolean().describe('Refuse calls whose meaning a translation would lose'),
  max_body: size,
  request_timeout: duration.describe('For reading a whole request'),
})

const provider = (dialect: z.ZodType<string>) =>
  table({
    enabled: z.boolean(),
    like: text.describe('The catalogue provider this is another place of'),
    dialect: dialect.describe('The wire language spoken there'),
    dialects: z.array(dialect).min(1).describe('The wire languages spoken there, best first'),
    base_url: text.describe('e.g. "https://gpu.example/v1"; /v1 is added when there is no version'),
    api_key: secret,
    api_keys: z.array(secret).min(1).describe('Several keys, used in turn'),
    default_model: text,
    models: z.array(text).describe('The models there are; else any name is passed on'),
    allow: z.array(text).describe('Only models that match one of these, e.g. "gpt-*"'),
    deny: z.array(text).describe('No models that match one of these; goes before allow'),
    aliases: z.record(z.string(), text).describe('Name a client may use → model'),
    max_concurrency: count,
    paths: table({ chat: path, count_tokens: path, models: path }),
    headers: z
      .record(z.string(), text)
      .describe('Sent with every request; "env:NAME" works here too'),
    timeouts: table({ connect: duration, first_byte: duration, idle: duration }),
    weight: z.number().positive().describe('2 gets twice the share of 1'),
    streaming: z.enum(['both', 'always', 'never']),
  })

const target = z.union(
  [
    text.describe('"provider" or "provider/model"'),
    z.strictObject({ model: text, weight: z.number().positive().optional() }),
  ],
  { error: 'must be "provider", "provider/model" or { model = "provider/model", weight = 1 }' },
)

const pluginTable = ({ options, summary }: SchemaLists['plugins'][number]) => {
  const enabled = { enabled: z.boolean().optional() }
  const known = options instanceof z.ZodObject ? options.partial().extend(enabled) : undefined
  return (known ?? z.looseObject(enabled)).describe(summary)
}

/** The schema of `dragoman.toml`. Parsing turns durations into milliseconds and sizes into bytes. */
export function createConfigSchema(lists: SchemaLists) {
  const dialect = z.enum(lists.dialects.map(({ id }) => id))
  const strategy = z.enum(lists.strategies.map(({ name }) => name))
  const plugins = lists.plugins.map((plugin) => [plugin.name, pluginTable(plugin)] as const)
  return table({
    server,
    providers: z.record(z.string(), provider(dialect)),
    routes: z.record(
      z.string(),
      z.strictObject({ strategy: strategy.optional(), targets: z.array(target).min(1) }),
    ),
    retry: table({ max: z.int().min(0).max(10), base: pause }),
    queue: table({ max_concurrency: count.describe('Calls in flight over the whole gateway') }),
    log: table({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error']),
      format: z.enum(['console', 'json']),
    }),
    discover: table({ enabled: z.boolean().describe('false = use only what this file names') }),
    plugins: table(Object.fromEntries(plugins)),
  })
}

export type ConfigSchema = ReturnType<typeof createConfigSchema>
/** A valid configuration file; durations in milliseconds, sizes in bytes. */
export type ConfigFile = z.infer<ConfigSchema>
export type ProviderTable = NonNullable<ConfigFile['providers']>[string]

/** The schema as editors read it. */
export const toJsonSchema = (schema: ConfigSchema): Record<string, unknown> => ({
  ...z.toJSONSchema(schema, { io: 'input' }),
  title: 'dragoman.toml',
})
