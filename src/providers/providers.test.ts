import { describe, expect, test } from 'vitest'
import { Secret } from '../core/secret.ts'
import { describeProvider } from '../testing/describe-provider.ts'
import { anthropic } from './anthropic.ts'
import { bearerOrKeyHeader } from './authorize.ts'
import { claudeProfile } from './claude-models.ts'
import { createCustomProvider } from './custom.ts'
import { groq } from './groq.ts'
import { providers } from './index.ts'
import { openai } from './openai.ts'
import { openrouter } from './openrouter.ts'

for (const provider of providers)
  describeProvider(provider, { dialects: ['openai-chat', 'anthropic'] })

test('no two providers share a name', () => {
  const names = providers.flatMap(({ id, aliases }) => [id, ...(aliases ?? [])])
  expect(new Set(names).size).toBe(names.length)
})

test('the address that people set for their coding tool is not read', () => {
  expect(anthropic.baseVariables).not.toContain('ANTHROPIC_BASE_URL')
})

describe('claude models', () => {
  test.each([
    // model, ask, prefill, schema, max output
    ['claude-3-haiku-20240307', 'none', true, 'tool', 4096],
    ['claude-3-5-sonnet-20241022', 'none', true, 'tool', 8192],
    ['claude-3-7-sonnet-latest', 'budget', true, 'tool', 64_000],
    ['claude-sonnet-4-20250514', 'budget', true, 'tool', 64_000],
    ['claude-opus-4-0', 'budget', true, 'tool', 32_000],
    ['claude-opus-4-1-20250805', 'budget', true, 'native', 32_000],
    ['claude-sonnet-4-5', 'budget', true, 'native', 64_000],
    ['claude-haiku-4-5-20251001', 'budget', true, 'native', 64_000],
    ['anthropic/claude-sonnet-4.5', 'budget', true, 'native', 64_000],
    ['claude-opus-4-6', 'adaptive', false, 'native', 128_000],
    ['claude-opus-4-8', 'adaptive', false, 'native', 128_000],
    ['claude-sonnet-5', 'adaptive', false, 'native', 128_000],
    ['claude-fable-5-1', 'adaptive', false, 'native', 128_000],
    ['claude-of-tomorrow', 'adaptive', false, 'native', 128_000],
  ] as const)('%s', (model, ask, prefill, schema, maxOutputTokens) => {
    expect(claudeProfile(model)).toMatchObject({
      reasoning: { ask },
      turns: { prefill },
      output: { schema },
      limits: { maxOutputTokens },
    })
  })

  test('sampling is refused after 4.6, and left to the dialect before', () => {
    expect(claudeProfile('claude-opus-4-6').sampling).toBeUndefined()
    expect(claudeProfile('claude-opus-4-7').sampling?.refused).toContain('temperature')
    expect(claudeProfile('claude-sonnet-5').sampling?.refused).toContain('topK')
  })

  test('instructions in mid-conversation go to models that take them', () => {
    const placement = (model: string) => claudeProfile(model).system?.placement
    expect(placement('claude-opus-4-7')).toBe('leading')
    expect(placement('claude-opus-4-8')).toBe('anywhere')
    expect(placement('claude-sonnet-4-6')).toBe('leading')
    expect(placement('claude-haiku-5-5')).toBe('anywhere')
  })

  test('thinking that cannot be turned off has no effort none, and newest models no forced tool', () => {
    expect(claudeProfile('claude-opus-5').reasoning?.efforts).toContain('none')
    expect(claudeProfile('claude-opus-5-5').reasoning?.efforts).not.toContain('none')
    expect(claudeProfile('claude-fable-5').reasoning?.efforts).not.toContain('none')
    expect(claudeProfile('claude-opus-5-5').tools?.choice).toEqual(['auto', 'none'])
    expect(claudeProfile('claude-opus-5').tools?.choice).toBeUndefined()
    expect(claudeProfile('claude-opus-4-6').reasoning?.efforts).not.toContain('xhigh')
  })
})

describe('openai models', () => {
  const reasoningOf = (model: string) => openai.profile?.(model, 'openai-chat').reasoning

  test.each([
    ['gpt-4.1-mini', []],
    ['gpt-4o', []],
    ['gpt-5-chat-latest', []],
    ['o3-mini', ['low', 'medium', 'high']],
    ['o4-mini-2025-04-16', ['low', 'medium', 'high']],
    ['gpt-5-nano-2025-08-07', ['minimal', 'low', 'medium', 'high']],
    ['gpt-5.1', ['none', 'low', 'medium', 'high']],
    ['gpt-5.4-mini', ['none', 'low', 'medium', 'high', 'xhigh']],
    ['gpt-5.6-terra', ['none', 'low', 'medium', 'high', 'xhigh', 'max']],
    ['gpt-6-astra', ['low', 'medium', 'high', 'xhigh', 'max']],
    ['ft:gpt-5.1:team::id', ['none', 'low', 'medium', 'high']],
  ])('%s takes the efforts %j', (model, efforts) => {
    expect(reasoningOf(model)?.efforts).toEqual(efforts)
    expect(reasoningOf(model)?.ask).toBe(efforts.length > 0 ? 'effort' : 'none')
  })

  test('a client of the same dialect is always passed through', () => {
    expect(openai.profile?.('gpt-5', 'openai-chat').passThrough).toBe('always')
  })

  test('reasoning models refuse sampling, others do not', () => {
    expect(openai.profile?.('gpt-5', 'openai-chat').sampling?.refused).toContain('temperature')
    expect(openai.profile?.('gpt-4.1', 'openai-chat').sampling).toBeUndefined()
  })
})

test('openrouter speaks two dialects, and its profile is that of the dialect', () => {
  const model = 'anthropic/claude-opus-4.8'
  expect(openrouter.profile?.(model, 'openai-chat').reasoning?.field).toBe('reasoning_details')
  expect(openrouter.profile?.(model, 'anthropic').reasoning?.ask).toBe('adaptive')
})

test('groq never gets earlier thought back, and is checked field by field', () => {
  const profile = groq.profile?.('openai/gpt-oss-120b', 'openai-chat')
  expect(profile).toMatchObject({ passThrough: 'checked', reasoning: { history: 'never' } })
  expect(profile?.sampling?.refused).toEqual(expect.arrayContaining(['logprobs', 'choices']))
})

test('a custom place is shown its key in the way of the dialect it is asked in', () => {
  const { faces, isKeyRequired } = createCustomProvider('lab', ['a', 'b'], 'http://gpu.lan')
  expect(Object.keys(faces)).toEqual(['a', 'b'])
  expect(isKeyRequired).toBe(false)
  const key = new Secret('k', 'X')
  const request = { method: 'POST', url: '', body: new Uint8Array() }
  expect(bearerOrKeyHeader(key, { ...request, headers: {} })).toEqual({ authorization: 'Bearer k' })
  expect(
    bearerOrKeyHeader(key, { ...request, headers: { 'anthropic-version': '2023-06-01' } }),
  ).toEqual({ 'x-api-key': 'k' })
})
