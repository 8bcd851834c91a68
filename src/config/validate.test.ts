import { describe, expect, test } from 'vitest'
import { ConfigError } from './config-error.ts'
import { builtIn } from './lists.ts'
import { createConfigSchema, toJsonSchema } from './schema.ts'
import { parseConfig } from './validate.ts'

const schema = createConfigSchema(builtIn)
const strategyNames = builtIn.strategies.map(({ name }) => `"${name}"`).join(', ')
const parse = (text: string) => parseConfig({ name: 'dragoman.toml', text }, schema)

function messageOf(text: string): string {
  try {
    parse(text)
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.message
    throw thrown
  }
  return 'valid'
}

describe('an error names file, line, key, what was wrong and what would be right', () => {
  test.each([
    [
      '[server]\n\nprot = 80',
      'dragoman.toml:3: server.prot is not a known key (did you mean "port"?)',
    ],
    ['[sever]\nport = 80', 'dragoman.toml:1: sever is not a known key (did you mean "server"?)'],
    ['[server]\nport = "80"', 'dragoman.toml:2: server.port is "80"; it must be a number'],
    ['[server]\nport = 70000', 'dragoman.toml:2: server.port is 70000; it must be at most 65535'],
    ['[server]\nport = 80.5', 'dragoman.toml:2: server.port is 80.5; it must be a whole number'],
    [
      '[server]\nstrict = "yes"',
      'dragoman.toml:2: server.strict is "yes"; it must be true or false',
    ],
    [
      '[server]\nunknown_model = "autoo"',
      'dragoman.toml:2: server.unknown_model is "autoo"; it must be one of "reject", "auto" (did you mean "auto"?)',
    ],
    [
      '[server]\nrequest_timeout = "30"',
      'dragoman.toml:2: server.request_timeout is "30"; it must be a quantity with its unit, e.g. "10s" or "200ms"',
    ],
    [
      '[server]\nmax_body = 5',
      'dragoman.toml:2: server.max_body is 5; it must be a text in quotes',
    ],
    ['[providers.lab]\ndialects = []', 'dragoman.toml:2: providers.lab.dialects must not be empty'],
    [
      '[providers.lab]\ndialect = "openai"',
      'dragoman.toml:2: providers.lab.dialect is "openai"; it must be one of "openai-chat", "anthropic" (did you mean "openai-chat"?)',
    ],
    [
      '[providers."my.lab"]\nbase_ur = "x"',
      'dragoman.toml:2: providers."my.lab".base_ur is not a known key (did you mean "base_url"?)',
    ],
    [
      '[providers.lab]\npaths = { chat = "v1/chat" }',
      'dragoman.toml:2: providers.lab.paths.chat is "v1/chat"; it must begin with "/", e.g. "/v1/chat/completions"',
    ],
    [
      '[providers.lab]\nweight = 0',
      'dragoman.toml:2: providers.lab.weight is 0; it must be more than 0',
    ],
    [
      '[routes.auto]\nstrategy = "leastbusy"\ntargets = ["a"]',
      `dragoman.toml:2: routes.auto.strategy is "leastbusy"; it must be one of ${strategyNames} (did you mean "least-busy"?)`,
    ],
    [
      '[routes.auto]',
      'dragoman.toml:1: routes.auto.targets is missing; it must be a list, e.g. ["…"]',
    ],
    [
      '[routes.auto]\ntargets = [{ modle = "a" }]',
      'dragoman.toml:2: routes.auto.targets[0].model is missing; it must be a text in quotes\ndragoman.toml:2: routes.auto.targets[0].modle is not a known key (did you mean "model"?)',
    ],
    [
      '[routes.auto]\ntargets = [3]',
      'dragoman.toml:2: routes.auto.targets[0] is 3; it must be "provider", "provider/model" or { model = "provider/model", weight = 1 }',
    ],
    [
      '[queue]\nmax_concurrency = 0',
      'dragoman.toml:2: queue.max_concurrency is 0; it must be at least 1',
    ],
    [
      '[plugins.concurency]\nenabled = true',
      'dragoman.toml:1: plugins.concurency is not a known key (did you mean "concurrency"?)',
    ],
  ])('%s', (text, message) => {
    expect(messageOf(text)).toBe(message)
  })

  test('everything wrong is told at once', () => {
    expect(
      messageOf('[server]\nprot = 1\nhots = 2\n[log]\nlevel = "loud"').split('\n'),
    ).toHaveLength(3)
  })
})

test('what is not TOML is told with its line and without quoting the file, which may hold a secret', () => {
  const message = messageOf('[providers.openai]\napi_key = "sk-secret\n')
  expect(message).toMatch(/^dragoman\.toml:2: this line is not valid TOML: /)
  expect(message).not.toContain('sk-secret')
})

test('a wrong value that may be a secret is not repeated', () => {
  expect(messageOf('[providers.openai]\napi_key = 12345678')).toBe(
    'dragoman.toml:2: providers.openai.api_key must be a text in quotes',
  )
  expect(messageOf('[providers.openai]\nheaders = { authorization = 12345678 }')).not.toContain(
    '1234',
  )
})

test('an empty file is valid, and quantities come out in milliseconds and bytes', () => {
  expect(parse('')).toEqual({})
  const file = parse('[server]\nmax_body = "1MiB"\nrequest_timeout = "5s"\n[retry]\nbase = "0ms"')
  expect(file).toEqual({
    server: { max_body: 1_048_576, request_timeout: 5000 },
    retry: { base: 0 },
  })
})

test('the published schema knows every section and every plugin', () => {
  const outline = toJsonSchema(schema)
  expect(Object.keys(outline['properties'] as object)).toEqual([
    'server',
    'providers',
    'routes',
    'retry',
    'queue',
    'log',
    'discover',
    'plugins',
  ])
  expect(JSON.stringify(outline)).toContain('max_concurrency')
})
