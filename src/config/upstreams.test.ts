import { describe, expect, test } from 'vitest'
import { assembleCase, problemsOf, upstreamOf } from '../testing/config-case.ts'

const lab = `
[providers.lab]
base_url = "http://gpu.lan:8000"
dialect = "openai-chat"
default_model = "qwen"
`

describe('providers', () => {
  test('a face has its addresses made', () => {
    const variables = { GROQ_API_KEY: 'k' }
    expect(upstreamOf({ variables }, 'groq')?.faces).toEqual([
      {
        dialect: 'openai-chat',
        origin: 'https://api.groq.com',
        paths: { chat: '/openai/v1/chat/completions', models: '/openai/v1/models' },
      },
    ])
  })

  test('explicit paths bring their own version', () => {
    const file = `${lab}paths = { chat = "/v9/talk", models = "/list" }`
    expect(upstreamOf({ file }, 'lab')?.faces[0]?.paths).toEqual({
      chat: '/v9/talk',
      models: '/list',
    })
  })

  test('a custom place may speak several dialects, best first', () => {
    const file = '[providers.x]\nbase_url = "http://x/api"\ndialects = ["anthropic", "openai-chat"]'
    const faces = upstreamOf({ file }, 'x')?.faces
    expect(faces?.map(({ dialect, paths }) => [dialect, paths.chat])).toEqual([
      ['anthropic', '/api/v1/messages'],
      ['openai-chat', '/api/v1/chat/completions'],
    ])
    expect(upstreamOf({ file }, 'x')?.missingKey).toBeUndefined()
  })

  test('like copies a kind to another place, with a key of its own', () => {
    const file =
      '[providers.eu]\nlike = "openai"\nbase_url = "https://eu.example"\napi_key = "env:EU"'
    const eu = upstreamOf(
      { file, variables: { EU: 'k', OPENAI_API_KEY: 'other', OPENAI_BASE_URL: 'http://no' } },
      'eu',
    )
    expect(eu).toMatchObject({ id: 'eu', defaultModel: 'gpt-5.6-terra' })
    expect(eu?.faces[0]?.origin).toBe('https://eu.example')
    expect(eu?.keys.map((key) => key.reveal())).toEqual(['k'])
  })

  test('a copy elsewhere never gets the key of the original', () => {
    const file = '[providers.eu]\nlike = "openai"\nbase_url = "https://eu.example"'
    const eu = upstreamOf({ file, variables: { OPENAI_API_KEY: 'k' } }, 'eu')
    expect(eu?.keys).toEqual([])
    expect(eu?.missingKey).toBe('Provider "eu" has no key: set api_key under [providers.eu]')
  })

  test('a catalogue name may be written in any accepted spelling', () => {
    const file = '[providers.Claude]\ndefault_model = "claude-x"\napi_key = "k"'
    expect(upstreamOf({ file }, 'anthropic')?.defaultModel).toBe('claude-x')
  })

  test('limits, models, weight, headers and timeouts are taken over', () => {
    const file = `${lab}weight = 2\nmax_concurrency = 3\nmodels = ["a", "b-preview"]\ndeny = ["*-preview"]\nheaders = { "X-Team" = "red", "x-secret" = "env:H" }\ntimeouts = { idle = "5s" }\nstreaming = "never"`
    expect(upstreamOf({ file, variables: { H: 'h' } }, 'lab')).toMatchObject({
      weight: 2,
      maxConcurrency: 3,
      models: ['a'],
      headers: { 'x-team': 'red', 'x-secret': 'h' },
      timeouts: { connectMs: 10_000, firstByteMs: 300_000, idleMs: 5000 },
      profile: { streaming: 'never' },
    })
  })

  test('deny goes before allow', () => {
    const file = `${lab}allow = ["gpt-*"]\ndeny = ["*-mini", "gpt-4.1"]`
    const serves = upstreamOf({ file }, 'lab')?.serves
    expect(
      ['gpt-5', 'gpt-5-mini', 'gpt-4.1', 'gpt-441', 'qwen'].filter((model) => serves?.(model)),
    ).toEqual(['gpt-5', 'gpt-441'])
    expect(upstreamOf({ file: lab }, 'lab')?.serves).toBeUndefined()
  })

  test('the variables of OpenRouter become headers', () => {
    const variables = {
      OPENROUTER_API_KEY: 'k',
      OPENROUTER_HTTP_REFERER: 'https://me',
      OPENROUTER_APP_NAME: 'Me',
    }
    expect(upstreamOf({ variables }, 'openrouter')?.headers).toEqual({
      'http-referer': 'https://me',
      'x-title': 'Me',
      'x-openrouter-title': 'Me',
    })
  })

  test('LLM_ROUTER_PROVIDER_TIMEOUT_MS is the time to the first byte', () => {
    const variables = { OPENAI_API_KEY: 'k', LLM_ROUTER_PROVIDER_TIMEOUT_MS: '1234' }
    expect(upstreamOf({ variables }, 'openai')?.timeouts.firstByteMs).toBe(1234)
  })

  test('discovery can be turned off, the simulator stays', () => {
    const file = '[discover]\nenabled = false'
    const { parts } = assembleCase({ file, variables: { OPENAI_API_KEY: 'k' } })
    expect([...parts.upstreams.keys()]).toEqual(['sim'])
  })

  test('a disabled provider is not there, its name is still known', () => {
    const file = '[providers.openai]\nenabled = false\n[providers.sim]\nenabled = false'
    const { parts } = assembleCase({ file, variables: { OPENAI_API_KEY: 'k' } })
    expect(parts.upstreams.size).toBe(0)
    expect(parts.providerNames.get('openai')).toBe('openai')
  })

  test('without a key a provider of the catalogue is not set up but known', () => {
    const { parts, keyless } = assembleCase({})
    expect([...parts.upstreams.keys()]).toEqual(['sim'])
    expect(parts.providerNames.get('claude')).toBe('anthropic')
    expect(keyless.map(({ id, missingKey }) => [id, missingKey])).toContainEqual([
      'anthropic',
      'Provider "anthropic" has no key: set ANTHROPIC_API_KEY or CLAUDE_API_KEY, or api_key under [providers.anthropic]',
    ])
  })

  test.each([
    [
      '[providers.opnai]\nenabled = true',
      '1: providers.opnai is not in the catalogue (did you mean "openai"?); say where it is',
    ],
    [
      '[providers.x]\nlike = "grok"\n',
      '2: providers.x.like is "grok", which is not in the catalogue (did you mean "groq"?)',
    ],
    [
      '[providers.x]\nbase_url = "gpu.lan"\ndialect = "anthropic"',
      '2: providers.x.base_url is "gpu.lan"; it is no address',
    ],
    [
      '[providers.x]\nbase_url = "ftp://x"\ndialect = "anthropic"',
      'must begin with http:// or https://',
    ],
    [
      '[providers.x]\nbase_url = "http://u:p@x"\ndialect = "anthropic"',
      'must not hold credentials',
    ],
    ['[providers.openai]\nlike = "groq"', '2: providers.openai.like is not needed'],
    ['[providers.claude]\n[providers.anthropic]', 'is "claude" again'],
    ['[providers."a/b"]\nlike = "groq"', 'must be a name without spaces and slashes'],
    ['[providers.sim]\nbase_url = "http://x"', '2: providers.sim.base_url does not fit'],
    ['[providers.groq]\ndialect = "anthropic"', 'for which the catalogue has no address'],
    [
      '[providers.openrouter]\npaths = { chat = "/x" }',
      'fits one dialect only; add dialect = "openai-chat"',
    ],
    ['[providers.groq]\nheaders = { host = "x" }', 'is not a header one can set'],
  ])('%s is refused', (file, message) => {
    expect(problemsOf({ file })).toContain(message)
  })
})

test('a provider that is asked for and lacks its key is told of; one merely known is not', () => {
  const named = `${lab}api_key = "env:LAB_KEY"`
  expect(assembleCase({ file: named }).notices).toEqual([
    'Provider "lab" has no key: providers.lab.api_key names the variable LAB_KEY, which is not set',
  ])
  expect(assembleCase({ file: '[routes.fast]\ntargets = ["groq", "sim"]' }).notices).toEqual([
    'Provider "groq" has no key: set GROQ_API_KEY, or api_key under [providers.groq]',
  ])
  expect(assembleCase({}).notices).toEqual([])
})

test('what is wrong with an address is told without its password', () => {
  const fileOf = (address: string) =>
    `[providers.x]\nbase_url = "${address}"\ndialect = "anthropic"`
  expect(problemsOf({ file: fileOf('me:s3cret@x.example/v1') })).not.toContain('s3cret')
  expect(problemsOf({ file: fileOf('https://me:s3cret@x.example/v1') })).toBe(
    'dragoman.toml:2: providers.x.base_url is "https://…@x.example/v1"; it must not hold credentials; put the key in api_key',
  )
})

test('an address variable meant for clients of this gateway does not send it to itself', () => {
  const given = (address: string, file = '') => ({
    file,
    variables: { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: address },
  })
  const own = assembleCase(given('http://localhost:8081/v1'))
  expect(own.parts.upstreams.get('openai')?.faces[0]?.origin).toBe('https://api.openai.com')
  expect(own.notices).toEqual([
    'OPENAI_BASE_URL is the address of this gateway itself, meant for its clients; provider "openai" is reached at its usual one',
  ])
  const originOf = (address: string, file?: string) =>
    upstreamOf(given(address, file), 'openai')?.faces[0]?.origin
  expect(originOf('http://127.0.0.1:9000/v1', '[server]\nport = 9000')).toBe(
    'https://api.openai.com',
  )
  expect(originOf('http://127.0.0.1:9000/v1')).toBe('http://127.0.0.1:9000')
  expect(originOf('http://gpu.lan:8081/v1')).toBe('http://gpu.lan:8081')
})
