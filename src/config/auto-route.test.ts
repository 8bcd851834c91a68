import { describe, expect, test } from 'vitest'
import { assembleCase, autoOf, problemsOf } from '../testing/config-case.ts'

const lab = `
[providers.lab]
base_url = "http://gpu.lan:8000"
dialect = "openai-chat"
default_model = "qwen"
`

describe('what auto means', () => {
  test('with nothing found it is the simulator', () => {
    const { targets, reason } = autoOf({})
    expect(targets).toHaveLength(1)
    expect(targets?.[0]).toMatch(/^sim\//)
    expect(reason).toBe('no key and no local server was found')
  })

  test('of several keys it is one provider, the first of the catalogue', () => {
    const variables = { GROQ_API_KEY: 'g', CLAUDE_API_KEY: 'c' }
    expect(autoOf({ variables })).toMatchObject({
      targets: ['anthropic/claude-sonnet-5-5'],
      reason: 'the first of 2 keys found',
    })
  })

  test('a key in .env counts', () => {
    expect(autoOf({ dotEnv: { GROQ_API_KEY: 'g' } }).targets).toEqual(['groq/openai/gpt-oss-120b'])
  })

  test('the model of a variable goes before the catalogue', () => {
    const variables = { OPENAI_API_KEY: 'k', OPENAI_MODEL: 'gpt-9' }
    expect(autoOf({ variables }).targets).toEqual(['openai/gpt-9'])
  })

  test('LLM_ROUTER_PROVIDER names the provider, in any spelling', () => {
    const variables = { OPENAI_API_KEY: 'k', LLM_ROUTER_PROVIDER: 'Claude' }
    expect(autoOf({ variables })).toMatchObject({
      targets: ['anthropic/claude-sonnet-5-5'],
      reason: 'asked for by LLM_ROUTER_PROVIDER',
    })
  })

  test('providers in the file are all of auto, least busy first, and found ones are not', () => {
    const file = `${lab}[providers.groq]\napi_key = "k"`
    const variables = { OPENAI_API_KEY: 'k' }
    expect(autoOf({ file, variables })).toEqual({
      targets: ['lab/qwen', 'groq/openai/gpt-oss-120b'],
      reason: 'the providers in dragoman.toml, least busy first',
      strategy: 'least-busy',
    })
    expect(assembleCase({ file, variables }).parts.upstreams.has('openai')).toBe(true)
  })

  test('a provider of the file that lacks its key is left out while others have one', () => {
    const file = `${lab}[providers.groq]\napi_key = "env:NOWHERE"`
    expect(autoOf({ file }).targets).toEqual(['lab/qwen'])
    expect(autoOf({ file: '[providers.groq]' }).targets).toEqual(['groq/openai/gpt-oss-120b'])
  })

  test('a route called auto in the file holds', () => {
    const file = `${lab}[routes.auto]\nstrategy = "priority"\ntargets = ["lab/a", { model = "lab", weight = 3 }]`
    expect(autoOf({ file })).toEqual({
      targets: ['lab/a', 'lab/qwen'],
      reason: '[routes.auto] in dragoman.toml',
      strategy: 'priority',
    })
    expect(assembleCase({ file }).parts.routes.get('auto')?.targets[1]?.weight).toBe(3)
  })

  test('--provider and --model go before everything and answer for unknown names', () => {
    const file = `${lab}[routes.auto]\ntargets = ["lab"]`
    const overrides = { provider: 'groq', model: 'm' }
    expect(autoOf({ file, overrides })).toMatchObject({
      targets: ['groq/m'],
      reason: 'asked for by --provider and --model',
    })
    expect(assembleCase({ file, overrides }).parts.unknownModel).toBe('auto')
    expect(assembleCase({ file }).parts.unknownModel).toBe('reject')
  })

  test('--model alone changes only the model', () => {
    const variables = { OPENROUTER_API_KEY: 'k' }
    expect(autoOf({ variables, overrides: { model: 'openai/gpt-x' } }).targets).toEqual([
      'openrouter/openai/gpt-x',
    ])
    const other = { variables: { OPENAI_API_KEY: 'k', GROQ_API_KEY: 'g' } }
    expect(autoOf({ ...other, overrides: { model: 'gpt-x' } }).targets).toEqual(['openai/gpt-x'])
    expect(autoOf({ ...other, overrides: { model: 'groq/x' } }).targets).toEqual(['groq/x'])
  })

  test.each([
    [
      { overrides: { provider: 'grok' } },
      'command line: --provider names the provider "grok", which is not there (did you mean "groq"?)',
    ],
    [
      { variables: { LLM_ROUTER_PROVIDER: 'nobody' } },
      'the environment: LLM_ROUTER_PROVIDER names the provider "nobody", which is not there',
    ],
  ])('a provider nobody knows stops the start: %j', (given, message) => {
    expect(problemsOf(given)).toBe(message)
  })
})

describe('routes', () => {
  test('a target nobody knows is an error at its line', () => {
    const file = `${lab}[routes.fast]\ntargets = [\n  "lab",\n  "labb/x",\n]`
    expect(problemsOf({ file })).toBe(
      'dragoman.toml:9: routes.fast.targets[1] names the provider "labb", which is not there (did you mean "lab"?)',
    )
  })

  test('a target without a model needs a default one', () => {
    const file =
      '[providers.x]\nbase_url = "http://x"\ndialect = "anthropic"\n[routes.r]\ntargets = ["x"]'
    expect(problemsOf({ file })).toContain('names no model and "x" has no default; write "x/MODEL"')
  })

  test('aliases of a provider hold in routes', () => {
    const file = `${lab}aliases = { small = "qwen-1b" }\n[routes.r]\ntargets = ["lab/small"]`
    expect(assembleCase({ file }).parts.routes.get('r')?.targets[0]?.id).toBe('lab/qwen-1b')
  })
})
