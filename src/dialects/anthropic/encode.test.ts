import { expect, test } from 'vitest'
import type { ChatRequest, Turn } from '../../core/chat.ts'
import { createLosses } from '../../core/loss.ts'
import { type ProfilePatch, withProfile } from '../../core/profile.ts'
import { anthropic } from './index.ts'

const turn = (text: string): Turn => ({ role: 'user', parts: [{ type: 'text', text }] })
const base: ChatRequest = { model: 'm', system: [], turns: [turn('hi')], stream: false }

function encode(request: Partial<ChatRequest>, patch: ProfilePatch = {}) {
  const losses = createLosses()
  const encoded = anthropic.request.encode(
    { ...base, ...request },
    withProfile(anthropic.profile, patch),
    losses,
  )
  return { ...encoded, losses: losses.list.map(({ kind, what }) => `${kind}:${what}`) }
}

const call = (id: string, text = '{}') =>
  ({ type: 'tool-call', id, name: 'f', arguments: text, kind: 'function' }) as const
const result = (id: string, text = 'ok') =>
  ({ type: 'tool-result', id, content: [{ type: 'text', text }] }) as const

test('a plain request is as small as the API allows', () => {
  expect(encode({ system: [{ type: 'text', text: 'Be good.' }] })).toEqual({
    body: {
      model: 'm',
      max_tokens: 4096,
      system: 'Be good.',
      messages: [{ role: 'user', content: 'hi' }],
    },
    headers: {},
    losses: ['emulated:max_tokens'],
  })
})

test('without a limit of the client’s the model’s own is sent, which loses nothing', () => {
  const { body, losses } = encode({}, { limits: { maxOutputTokens: 64000 } })
  expect(body['max_tokens']).toBe(64000)
  expect(losses).toEqual([])
  expect(encode({ limits: { maxOutputTokens: 0 } }).body['max_tokens']).toBe(0)
})

test('results come first in their message, and blank texts not at all', () => {
  const { body } = encode({
    turns: [
      { role: 'assistant', parts: [{ type: 'text', text: '' }, call('a'), call('b')] },
      { role: 'user', parts: [{ type: 'text', text: 'and' }, result('a'), result('b', ' ')] },
      turn('  '),
    ],
  })
  expect(body['messages']).toEqual([
    {
      role: 'assistant',
      content: [
        { type: 'tool_use', id: 'a', name: 'f', input: {} },
        { type: 'tool_use', id: 'b', name: 'f', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: 'ok' },
        { type: 'tool_result', tool_use_id: 'b' },
        { type: 'text', text: 'and' },
      ],
    },
  ])
})

test('instructions in mid-conversation are never lost and never stand between calls and results', () => {
  const turns: readonly Turn[] = [
    { role: 'assistant', parts: [call('a')] },
    { role: 'system', parts: [{ type: 'text', text: 'note' }] },
    { role: 'user', parts: [result('a')] },
  ]
  const { body, losses } = encode({ turns })
  expect(body['messages']).toMatchObject([
    { role: 'assistant' },
    { role: 'user', content: [{ type: 'tool_result' }, { type: 'text', text: 'note' }] },
  ])
  expect(losses).toContain('emulated:system')
  expect(encode({ turns }, { system: { placement: 'anywhere' } }).body['messages']).toMatchObject([
    { role: 'assistant' },
    { role: 'system', content: 'note' },
    { role: 'user' },
  ])
})

test('arguments that are no object are kept word for word, and told', () => {
  const parts = [
    call('a', '{"x":'),
    call('b', '[1]'),
    call('c', ' '),
    { ...call('d', 'free'), kind: 'custom' as const },
  ]
  const { body, losses } = encode({ turns: [{ role: 'assistant', parts }] })
  expect(body['messages']).toMatchObject([
    {
      content: [
        { input: { raw_arguments: '{"x":' } },
        { input: { raw_arguments: '[1]' } },
        { input: {} },
        { input: { input: 'free' } },
      ],
    },
  ])
  expect(losses).toContain('changed:tool_use.input')
})

test('only thought signed by this dialect goes back', () => {
  const origin = { dialect: 'other', provider: 'p', model: 'm' }
  const parts = [
    { type: 'reasoning', text: 'a', signature: 'c2ln' },
    { type: 'reasoning', text: '', redacted: 'ZGF0YQ==' },
    { type: 'reasoning', text: 'b', signature: 'x', origin },
    { type: 'reasoning', text: 'c' },
    { type: 'text', text: 'done' },
  ] as const
  const turns: readonly Turn[] = [{ role: 'assistant', parts }]
  const signed = encode({ turns })
  expect(signed.body['messages']).toMatchObject([
    {
      content: [
        { type: 'thinking', thinking: 'a', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'ZGF0YQ==' },
        { type: 'text' },
      ],
    },
  ])
  expect(signed.losses).toContain('dropped:reasoning')
  expect(encode({ turns }, { reasoning: { history: 'text' } }).body['messages']).toMatchObject([
    { content: [{}, {}, { thinking: 'b', signature: '' }, { thinking: 'c', signature: '' }, {}] },
  ])
  expect(encode({ turns }, { reasoning: { history: 'never' } }).body['messages']).toEqual([
    { role: 'assistant', content: 'done' },
  ])
})

test('a budget follows the effort and stays below the limit', () => {
  const budgets = (request: Partial<ChatRequest>, patch?: ProfilePatch) => {
    const { body, losses } = encode(request, patch)
    return [body['max_tokens'], body['thinking'], losses]
  }
  expect(budgets({ reasoning: { mode: 'on', effort: 'high' } })).toEqual([
    20480,
    { type: 'enabled', budget_tokens: 16384 },
    ['emulated:effort'],
  ])
  expect(
    budgets({ reasoning: { mode: 'on', effort: 'high' }, limits: { maxOutputTokens: 10000 } }),
  ).toEqual([10000, { type: 'enabled', budget_tokens: 8000 }, ['emulated:effort']])
  expect(
    budgets({ reasoning: { mode: 'on', budgetTokens: 5000 }, limits: { maxOutputTokens: 5000 } }),
  ).toEqual([5000, { type: 'enabled', budget_tokens: 4999 }, ['changed:budget_tokens']])
  expect(
    budgets({ reasoning: { mode: 'on', effort: 'max' } }, { limits: { maxOutputTokens: 32000 } }),
  ).toEqual([32000, { type: 'enabled', budget_tokens: 25600 }, ['emulated:effort']])
  expect(budgets({ reasoning: { mode: 'on' }, limits: { maxOutputTokens: 500 } })).toEqual([
    500,
    undefined,
    ['dropped:thinking'],
  ])
})

test('adaptive models get the nearest effort they have', () => {
  const adaptive: ProfilePatch = { reasoning: { ask: 'adaptive', efforts: ['low', 'high'] } }
  const plan = (reasoning: NonNullable<ChatRequest['reasoning']>) => {
    const { body, losses } = encode({ reasoning, limits: { maxOutputTokens: 9 } }, adaptive)
    return [body['thinking'], body['output_config'], losses]
  }
  expect(plan({ mode: 'on', effort: 'xhigh', isShown: true })).toEqual([
    { type: 'adaptive', display: 'summarized' },
    { effort: 'high' },
    ['changed:effort'],
  ])
  expect(plan({ mode: 'on', effort: 'minimal' })[1]).toEqual({ effort: 'low' })
  expect(plan({ mode: 'on', budgetTokens: 9000 })).toEqual([
    { type: 'adaptive' },
    { effort: 'high' },
    ['emulated:budget_tokens'],
  ])
  expect(plan({ mode: 'off' })).toEqual([{ type: 'disabled' }, undefined, []])
  expect(encode({ reasoning: { mode: 'on' } }, { reasoning: { ask: 'none' } }).losses).toContain(
    'dropped:thinking',
  )
})

test('while it thinks, the target is not sampled or forced otherwise', () => {
  const { body, losses } = encode({
    reasoning: { mode: 'on', budgetTokens: 1024 },
    limits: { maxOutputTokens: 4096 },
    sampling: { temperature: 0.2, topP: 0.5, topK: 4 },
    tools: [{ type: 'function', name: 'f' }],
    toolChoice: { mode: 'required' },
  })
  expect(Object.keys(body).filter((key) => /^t(emp|op)/.test(key))).toEqual([])
  expect(body['tool_choice']).toEqual({ type: 'auto' })
  expect(losses).toEqual([
    'changed:tool_choice',
    'dropped:temperature',
    'dropped:top_p',
    'dropped:top_k',
  ])
})

test('a tool loop that began without thought goes on without', () => {
  const turns: readonly Turn[] = [
    turn('go'),
    { role: 'assistant', parts: [call('a')] },
    { role: 'user', parts: [result('a')] },
  ]
  const { body, losses } = encode({ turns, reasoning: { mode: 'on', effort: 'low' } })
  expect(body).not.toHaveProperty('thinking')
  expect(losses).toContain('dropped:thinking')
})

test('sampling is what the model takes', () => {
  const { body, losses } = encode({
    limits: { maxOutputTokens: 9 },
    sampling: {
      temperature: 1.7,
      topP: 1,
      topK: 5,
      seed: 1,
      frequencyPenalty: 0,
      presencePenalty: 1,
      logitBias: {},
      logprobs: false,
    },
  })
  expect(body).toMatchObject({ temperature: 1, top_k: 5 })
  expect(body).not.toHaveProperty('top_p')
  expect(losses).toEqual(['dropped:seed', 'dropped:presence_penalty', 'changed:temperature'])
  const refused = encode(
    { limits: { maxOutputTokens: 9 }, sampling: { temperature: 0.5, topP: 1, topK: 1 } },
    { sampling: { refused: ['temperature', 'topP', 'topK'] } },
  )
  expect(refused.losses).toEqual(['dropped:temperature', 'dropped:top_k'])
})

test('what cannot be meant is refused', () => {
  expect(() => encode({ sampling: { choices: 2 } })).toThrow(/one answer at a time/)
  const source = { kind: 'base64', mediaType: 'audio/wav', data: '' } as const
  expect(() => encode({ turns: [{ role: 'user', parts: [{ type: 'audio', source }] }] })).toThrow(
    /Audio/,
  )
  const foreign = { type: 'opaque', dialect: 'other', name: 'search', raw: {} } as const
  expect(() => encode({ tools: [foreign], toolChoice: { mode: 'one', name: 'search' } })).toThrow(
    /"search"/,
  )
  expect(encode({ tools: [foreign] }).losses).toContain('dropped:tools.search')
})

test('tools and choices take the API’s form', () => {
  const { body } = encode({
    tools: [
      { type: 'function', name: 'a', schema: { properties: {} }, isStrict: false },
      { type: 'function', name: 'b' },
    ],
    hasParallelTools: false,
  })
  expect(body['tools']).toEqual([
    { name: 'a', input_schema: { type: 'object', properties: {} } },
    { name: 'b', input_schema: { type: 'object', properties: {} } },
  ])
  expect(body['tool_choice']).toEqual({ type: 'auto', disable_parallel_tool_use: true })
  const tools = [{ type: 'function', name: 'a' }] as const
  expect(encode({ tools, toolChoice: { mode: 'one', name: 'a' } }).body['tool_choice']).toEqual({
    type: 'tool',
    name: 'a',
  })
  expect(encode({ toolChoice: { mode: 'required' } }).body).not.toHaveProperty('tool_choice')
})

test('at most four cache marks are set, the last ones, and none on thought', () => {
  const marked = (text: string) => ({ type: 'text', text, cache: {} }) as const
  const { body, losses } = encode({
    tools: [{ type: 'function', name: 'f', cache: { ttl: '1h' } }],
    system: [marked('s')],
    turns: [
      { role: 'user', parts: [marked('1'), marked('2')] },
      {
        role: 'assistant',
        parts: [{ type: 'reasoning', text: 'x', signature: 's', cache: {} }, marked('3')],
      },
      { role: 'user', parts: [{ ...result('a'), cache: { ttl: '5m' } }] },
    ],
  })
  expect(JSON.stringify(body).match(/cache_control/g)?.length).toBe(4)
  expect(body['system']).toBe('s')
  expect(JSON.stringify(body['tools'])).not.toContain('cache_control')
  expect(body['messages']).toMatchObject([{}, { content: [{ type: 'thinking' }, {}] }, {}])
  expect(losses).toContain('dropped:cache_control')
})

test('documents are PDF or text; other bytes are refused', () => {
  const document = (mediaType: string, content: string) =>
    encode({
      turns: [
        {
          role: 'user',
          parts: [
            { type: 'document', source: { kind: 'base64', mediaType, data: content }, title: 'T' },
          ],
        },
      ],
    }).body['messages']
  expect(document('application/pdf', 'AA==')).toMatchObject([
    { content: [{ source: { type: 'base64', media_type: 'application/pdf' }, title: 'T' }] },
  ])
  expect(document('text/markdown', Buffer.from('# Grüße').toString('base64'))).toMatchObject([
    { content: [{ source: { type: 'text', media_type: 'text/plain', data: '# Grüße' } }] },
  ])
  expect(() => document('application/msword', 'AA==')).toThrow(/application\/msword/)
})

test('foreign fields are dropped and told, ids that name people too', () => {
  const { body, losses } = encode({
    extensions: { dialect: 'other', fields: { store: true, nothing: null } },
    meta: { user: 'a@b.example', serviceTier: 'flex', cacheKey: 'k' },
    limits: { maxOutputTokens: 9, stop: ['END', ' ', ''] },
  })
  expect(body).not.toHaveProperty('metadata')
  expect(body['stop_sequences']).toEqual(['END'])
  expect(losses).toEqual([
    'dropped:store',
    'dropped:stop',
    'dropped:user',
    'dropped:service_tier',
    'dropped:prompt_cache_key',
  ])
})

test('a schema goes out where the model takes one', () => {
  const output = { type: 'schema', schema: { type: 'object' } } as const
  expect(encode({ output }, { output: { schema: 'native' } }).body['output_config']).toEqual({
    format: { type: 'json_schema', schema: { type: 'object' } },
  })
  expect(encode({ output }).losses).toContain('dropped:json_schema')
})

test('the client’s own form of thinking gives way to what the target can', () => {
  const thinking = { type: 'adaptive', display: 'updates' }
  const request = {
    reasoning: { mode: 'adaptive', effort: 'low' },
    limits: { maxOutputTokens: 9000 },
    extensions: { dialect: 'anthropic', fields: { thinking } },
  } as const
  const asked = (ask: 'adaptive' | 'budget' | 'none') =>
    encode(request, { reasoning: { ask, efforts: ['low'] } }).body['thinking']
  expect(asked('adaptive')).toEqual(thinking)
  expect(asked('budget')).toEqual({ type: 'enabled', budget_tokens: 2048 })
  expect(asked('none')).toBeUndefined()
})

test('types of images have their proper names', () => {
  const image = (mediaType: string) =>
    ({ type: 'image', source: { kind: 'base64', mediaType, data: 'AAAA' } }) as const
  const parts = [image('image/jpg'), image('IMAGE/PNG')]
  const { body } = encode({ turns: [{ role: 'user', parts }] })
  expect(body['messages']).toMatchObject([
    {
      content: [{ source: { media_type: 'image/jpeg' } }, { source: { media_type: 'image/png' } }],
    },
  ])
})
