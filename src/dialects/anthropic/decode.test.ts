import { expect, test } from 'vitest'
import { wrapState } from '../../core/envelope.ts'
import { GatewayError } from '../../core/error.ts'
import type { JsonObject } from '../../core/json.ts'
import { createLosses } from '../../core/loss.ts'
import { withProfile } from '../../core/profile.ts'
import { anthropic } from './index.ts'

const decode = (body: JsonObject) => anthropic.request.decode({ body, headers: {} })
const user = (content: JsonObject['x']): JsonObject => ({
  model: 'm',
  max_tokens: 9,
  messages: [{ role: 'user', content: content ?? 'hi' }],
})

const newest = withProfile(anthropic.profile, {
  system: { placement: 'anywhere' },
  tools: { strict: true },
  output: { schema: 'native' },
  reasoning: { ask: 'adaptive', efforts: ['low', 'medium', 'high', 'xhigh', 'max'] },
})

const codingTool: JsonObject = {
  model: 'm',
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'say hello' },
        { type: 'text', text: 'now' },
      ],
    },
    {
      role: 'system',
      content: [{ type: 'text', text: '# Environment', cache_control: { type: 'ephemeral' } }],
      output_config: { effort: 'medium' },
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: '', signature: 'c2ln' },
        {
          type: 'tool_use',
          id: 'toolu_1',
          name: 'Bash',
          input: { command: 'echo' },
          caller: { type: 'direct' },
        },
      ],
    },
    {
      role: 'user',
      content: [
        {
          tool_use_id: 'toolu_1',
          type: 'tool_result',
          content: [
            { type: 'tool_reference', tool_name: 'X' },
            {
              type: 'search_result',
              source: 'https://a.example',
              title: 'A',
              content: [{ type: 'text', text: 'found' }],
              citations: { enabled: true },
            },
          ],
          is_error: false,
          cache_control: { type: 'ephemeral', ttl: '1h', scope: 'global' },
        },
        { type: 'container_upload', file_id: 'file_1' },
        {
          type: 'document',
          source: { type: 'content', content: [{ type: 'text', text: 'page' }] },
          title: 'T',
          citations: { enabled: true },
        },
      ],
    },
    { role: 'system', content: [{ type: 'tool_addition', tool: { name: 'Y' } }] },
  ],
  system: [
    { type: 'text', text: 'x-header: 1' },
    { type: 'text', text: 'Be good.', cache_control: { type: 'ephemeral', ttl: '1h' } },
  ],
  tools: [
    {
      name: 'Bash',
      description: 'Runs',
      input_schema: { type: 'object', properties: {} },
      strict: true,
    },
    {
      name: 'DeferredToolPlaceholder',
      description: 'Reserved',
      input_schema: { type: 'object', properties: {} },
      defer_loading: true,
      eager_input_streaming: true,
      input_examples: [{ a: 1 }],
    },
    {
      type: 'web_search_20250305',
      name: 'web_search',
      max_uses: 2,
      cache_control: { type: 'ephemeral' },
    },
    { type: 'mcp_toolset', mcp_server_name: 's' },
  ],
  tool_choice: { type: 'auto', disable_parallel_tool_use: true },
  metadata: { user_id: '{"device_id":"x","session_id":"y"}' },
  max_tokens: 128000,
  thinking: { type: 'adaptive', display: 'omitted' },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  output_config: {
    effort: 'medium',
    task_budget: { type: 'tokens', total: 64000 },
    format: { type: 'json_schema', schema: { type: 'object' } },
  },
  service_tier: 'auto',
  speed: 'fast',
  stream: true,
}

test('a coding tool’s request reaches a target of this dialect without any loss', () => {
  const losses = createLosses()
  const encoded = anthropic.request.encode(decode(codingTool), newest, losses)
  const { messages, ...rest } = encoded.body
  const { messages: sent, ...expected } = codingTool
  expect(rest).toEqual(expected)
  expect(messages).toEqual(sent)
  expect(losses.list).toEqual([])
  expect(encoded.headers).toEqual({ 'anthropic-beta': 'task-budgets-2026-03-13' })
})

test('known fields get their neutral words', () => {
  const request = decode(codingTool)
  expect(request.system[1]).toEqual({ type: 'text', text: 'Be good.', cache: { ttl: '1h' } })
  expect(request.turns.map(({ role }) => role)).toEqual([
    'user',
    'system',
    'assistant',
    'user',
    'system',
  ])
  expect(request).toMatchObject({
    toolChoice: { mode: 'auto' },
    hasParallelTools: false,
    output: { type: 'schema', schema: { type: 'object' } },
    reasoning: { mode: 'adaptive', effort: 'medium', isShown: false },
    limits: { maxOutputTokens: 128000 },
    meta: { user: '{"device_id":"x","session_id":"y"}', serviceTier: 'auto' },
    wantsStreamUsage: true,
  })
  expect(request.tools?.map(({ type, name }) => [type, name])).toEqual([
    ['function', 'Bash'],
    ['function', 'DeferredToolPlaceholder'],
    ['opaque', 'web_search'],
    ['opaque', 'mcp_toolset'],
  ])
})

test('search results and documents of blocks are readable for every dialect', () => {
  const result = decode(codingTool).turns[3]?.parts[0]
  expect(result?.type === 'tool-result' && result.content[1]).toMatchObject({
    type: 'document',
    source: { kind: 'text', text: 'found' },
    title: 'A',
  })
})

test('media sources of every kind are read', () => {
  const parts = decode(
    user([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } },
      { type: 'image', source: { type: 'url', url: 'https://a.example/i.png' } },
      { type: 'image', source: { type: 'file', file_id: 'file_1' } },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' } },
      { type: 'image', source: { type: 'new_kind' } },
    ]),
  ).turns[0]?.parts
  expect(parts?.map((part) => ('source' in part ? part.source.kind : part.type))).toEqual([
    'base64',
    'url',
    'file',
    'text',
    'opaque',
  ])
})

test('thought in an envelope gets its origin back, damaged envelopes lose their claim', () => {
  const origin = { dialect: 'other', provider: 'p', model: 'm' }
  const parts = decode({
    model: 'm',
    messages: [
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'a', signature: wrapState({ origin, signature: 's' }) },
          { type: 'thinking', thinking: '', signature: wrapState({ origin, text: 'hidden' }) },
          { type: 'thinking', thinking: 'b', signature: 'dragoman.broken!' },
          { type: 'thinking', thinking: 'c', signature: 'bmF0aXZl' },
          { type: 'thinking', thinking: 'd', signature: '' },
        ],
      },
    ],
  }).turns[0]?.parts
  expect(parts).toEqual([
    { type: 'reasoning', text: 'a', origin, signature: 's' },
    { type: 'reasoning', text: 'hidden', origin },
    { type: 'reasoning', text: 'b' },
    { type: 'reasoning', text: 'c', signature: 'bmF0aXZl' },
    { type: 'reasoning', text: 'd' },
  ])
})

test('effort alone does not switch thinking on for a target of this dialect', () => {
  const request = decode({ ...user('hi'), output_config: { effort: 'low' } })
  expect(request.reasoning).toEqual({ mode: 'adaptive', effort: 'low' })
  const { body } = anthropic.request.encode(request, newest, createLosses())
  expect(body['output_config']).toEqual({ effort: 'low' })
  expect(body).not.toHaveProperty('thinking')
})

test('forms of thinking without a neutral word go back as they came', () => {
  for (const thinking of [{ type: 'between_tools' }, { type: 'adaptive', display: 'updates' }]) {
    const { body } = anthropic.request.encode(
      decode({ ...user('hi'), thinking }),
      newest,
      createLosses(),
    )
    expect(body['thinking']).toEqual(thinking)
  }
})

test('the gateway’s own fields act and are not carried', () => {
  const request = decode({
    ...user('hi'),
    provider: 'x',
    session_id: 's',
    plugins: [],
    think: 'high',
    repeat_penalty: 1.1,
  })
  expect(request.extensions).toBeUndefined()
  expect(request.reasoning).toEqual({ mode: 'on', effort: 'high' })
  expect(request.sampling).toEqual({ repeatPenalty: 1.1 })
  expect(decode({ ...user('hi'), provider: { order: ['a'] } }).extensions?.fields).toEqual({
    provider: { order: ['a'] },
  })
})

test.each([
  [{ model: 'm', messages: [] }, 'messages'],
  [{ model: 'm' }, 'messages'],
  [{ ...user('hi'), model: 7 }, 'model'],
  [{ messages: [{ role: 'robot', content: '' }] }, 'messages.0.role'],
  [{ messages: [{ role: 'user' }] }, 'messages.0.content'],
  [{ messages: ['hi'] }, 'messages.0'],
  [user([{ text: 'no type' }]), 'messages.0.content.0.type'],
  [user([{ type: 'text' }]), 'messages.0.content.0.text'],
  [user([{ type: 'tool_use', id: 'a', name: 'b', input: {} }]), 'messages.0.content.0'],
  [user([{ type: 'tool_result', content: 'x' }]), 'messages.0.content.0.tool_use_id'],
  [{ ...user('hi'), max_tokens: 'many' }, 'max_tokens'],
  [{ ...user('hi'), max_tokens: -1 }, 'max_tokens'],
  [{ ...user('hi'), temperature: 'hot' }, 'temperature'],
  [{ ...user('hi'), stream: 'yes' }, 'stream'],
  [{ ...user('hi'), stop_sequences: [1] }, 'stop_sequences.0'],
  [{ ...user('hi'), tools: [{ input_schema: {} }] }, 'tools.0.name'],
  [{ ...user('hi'), tools: [{ name: 'x', input_schema: [] }] }, 'tools.0.input_schema'],
  [{ ...user('hi'), tool_choice: { type: 'tool' } }, 'tool_choice.name'],
  [{ ...user('hi'), tool_choice: { type: 'maybe' } }, 'tool_choice.type'],
  [{ ...user('hi'), thinking: { budget_tokens: 1 } }, 'thinking.type'],
  [{ ...user('hi'), metadata: { user_id: 1 } }, 'metadata.user_id'],
  [{ ...user('hi'), system: 5 }, 'system'],
] as readonly [JsonObject, string][])('bad input %j names the field', (body, param) => {
  try {
    decode(body)
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError)
    expect(error).toMatchObject({ kind: 'bad-request', param })
  }
})

test('missing models and limits are for the gateway to fill', () => {
  const request = decode({ messages: [{ role: 'user', content: 'hi' }] })
  expect(request.model).toBe('')
  expect(request.limits).toBeUndefined()
  expect(request.stream).toBe(false)
})
