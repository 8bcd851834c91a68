import { expect, test } from 'vitest'
import { wrapState } from '../../core/envelope.ts'
import type { JsonObject } from '../../core/json.ts'
import { withProfile } from '../../core/profile.ts'
import { anthropic } from './index.ts'

test('beta flags are filtered to what the target knows', () => {
  const filter = anthropic.request.filterHeader
  const known = withProfile(anthropic.profile, { betas: ['a-1', 'b-2'] })
  expect(filter?.('anthropic-beta', 'a-1, c-3,b-2', known)).toBe('a-1,b-2')
  expect(filter?.('anthropic-beta', 'c-3', known)).toBeUndefined()
  expect(filter?.('anthropic-beta', 'a-1, c-3', anthropic.profile)).toBe('a-1, c-3')
  expect(filter?.('anthropic-version', '2026-10-21', known)).toBe('2026-10-21')
})

test('model lists have the API’s form', () => {
  const card = { id: 'p/m', provider: 'p', createdAt: 1_700_000_000, contextTokens: 5 }
  expect(anthropic.models?.list([card, { id: 'x', name: 'X', provider: 'p' }])).toEqual({
    data: [
      {
        type: 'model',
        id: 'p/m',
        display_name: 'p/m',
        created_at: '2023-11-14T22:13:20.000Z',
        max_input_tokens: 5,
      },
      { type: 'model', id: 'x', display_name: 'X', created_at: '1970-01-01T00:00:00.000Z' },
    ],
    has_more: false,
    first_id: 'p/m',
    last_id: 'x',
  })
  expect(anthropic.models?.list([])).toMatchObject({ data: [], first_id: null, last_id: null })
  expect(anthropic.models?.claims({ 'anthropic-version': '2023-06-01' })).toBe(true)
  expect(anthropic.models?.claims({})).toBe(false)
})

test('tokens are counted for the prompt alone', () => {
  expect(
    anthropic.countTokens?.body?.({ model: 'm', messages: [], max_tokens: 1, stream: true }),
  ).toEqual({ model: 'm', messages: [] })
  expect(anthropic.countTokens?.encode(7)).toEqual({ input_tokens: 7 })
  expect(anthropic.countTokens?.decode({ input_tokens: 7 })).toEqual({
    input: { tokens: 7, from: 'reported' },
  })
  expect(anthropic.countTokens?.decode('x')).toBeUndefined()
})

test('bodies with words only the gateway understands are never forwarded', () => {
  const must = (fields: JsonObject): boolean | undefined =>
    anthropic.request.mustTranslate?.({ max_tokens: 9, messages: [], ...fields }, (text) =>
      JSON.stringify(fields).includes(text),
    )
  const said = (block: JsonObject): JsonObject => ({
    messages: [{ role: 'assistant', content: [block] }],
  })
  expect(must({})).toBe(false)
  expect(must({ messages: [{ role: 'user', content: 'dragoman.' }] })).toBe(false)
  expect(must(said({ type: 'thinking', thinking: 'x', signature: 'c2ln' }))).toBe(false)
  expect(must({ max_tokens: null })).toBe(true)
  expect(must({ think: false })).toBe(true)
  expect(must(said({ type: 'thinking', thinking: 'x', signature: wrapState({}) }))).toBe(true)
  expect(must(said({ type: 'redacted_thinking', data: wrapState({}) }))).toBe(true)
  const citations = [{ type: 'web_search_result_location', encrypted_index: wrapState({}) }]
  expect(must(said({ type: 'text', text: 'x', citations }))).toBe(true)
})
