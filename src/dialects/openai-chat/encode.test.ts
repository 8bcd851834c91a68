// What targets are sent.

import { describe, expect, test } from 'vitest'
import type { ChatRequest } from '../../core/chat.ts'
import type { JsonObject } from '../../core/json.ts'
import { createLosses } from '../../core/loss.ts'
import { type ProfilePatch, withProfile } from '../../core/profile.ts'
import { openaiChat } from './index.ts'

const user = (text: string): ChatRequest['turns'][number] => ({
  role: 'user',
  parts: [{ type: 'text', text }],
})

function encode(request: Partial<ChatRequest>, patch: ProfilePatch = {}) {
  const losses = createLosses()
  const { body } = openaiChat.request.encode(
    { model: 'm', system: [], turns: [user('Hi')], stream: false, ...request },
    withProfile(openaiChat.profile, patch),
    losses,
  )
  return { body, lost: losses.list.map(({ kind, what }) => `${kind}:${what}`) }
}

test('a plain request is the smallest body', () => {
  expect(encode({})).toEqual({
    body: { model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
    lost: [],
  })
})

test('a stream asks for usage where the target tells it only when asked', () => {
  expect(encode({ stream: true }).body).toMatchObject({
    stream: true,
    stream_options: { include_usage: true },
  })
  const unasked = encode({ stream: true }, { streamUsage: 'unasked' }).body
  expect(unasked['stream_options']).toBeUndefined()
})

test('the name of the limit and the role of instructions follow the profile', () => {
  const request: Partial<ChatRequest> = {
    system: [{ type: 'text', text: 'Be brief', role: 'developer' }],
    limits: { maxOutputTokens: 9, stop: ['a'] },
  }
  const plain = encode(request).body
  expect(plain['max_tokens']).toBe(9)
  expect(plain['messages']).toMatchObject([{ role: 'system', content: 'Be brief' }, {}])
  const newer = encode(request, {
    system: { developer: true },
    limits: { maxOutputField: 'max_completion_tokens' },
  }).body
  expect(newer['max_completion_tokens']).toBe(9)
  expect(newer['max_tokens']).toBeUndefined()
  expect(newer['messages']).toMatchObject([{ role: 'developer' }, {}])
})

test('settings the dialect has no word for are losses, unless the target knows them', () => {
  const sampling = { topK: 3, minP: 0.1, repeatPenalty: 1.1, temperature: 0.5 }
  const { body, lost } = encode({ sampling })
  expect(body).toMatchObject({ temperature: 0.5 })
  expect(lost).toEqual(['dropped:top_k', 'dropped:min_p', 'dropped:repeat_penalty'])
  expect(encode({ sampling }, { sampling: { refused: [] } }).body).toMatchObject({
    top_k: 3,
    min_p: 0.1,
  })
})

describe('tool results', () => {
  const image = {
    type: 'image',
    source: { kind: 'base64', mediaType: 'image/png', data: 'AA' },
  } as const
  const call = (id: string) =>
    ({ type: 'tool-call', id, name: 'f', arguments: '{}', kind: 'function' }) as const
  const turns: ChatRequest['turns'] = [
    user('go'),
    { role: 'assistant', parts: [call('a'), call('b')] },
    {
      role: 'user',
      parts: [
        { type: 'text', text: 'and now?' },
        { type: 'tool-result', id: 'a', content: [{ type: 'text', text: 'see' }, image] },
        { type: 'tool-result', id: 'b', content: [{ type: 'text', text: 'boom' }], isError: true },
      ],
    },
  ]

  test('come first, one message each, with their images after all of them', () => {
    const { body, lost } = encode({ turns })
    expect(body['messages']).toEqual([
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } },
          { id: 'b', type: 'function', function: { name: 'f', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'a', content: 'see\n(see the attachment in the next message)' },
      { role: 'tool', tool_call_id: 'b', content: 'Error:\nboom' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'From the result of tool call a:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
          { type: 'text', text: 'and now?' },
        ],
      },
    ])
    expect(lost).toEqual(['changed:tool result media', 'changed:is_error'])
  })

  test('keep their images where the target sees them', () => {
    const { body } = encode({ turns }, { parts: { toolResultImages: true } })
    expect((body['messages'] as readonly unknown[])[2]).toMatchObject({
      content: [{ type: 'text', text: 'see' }, { type: 'image_url' }],
    })
  })
})

describe('thought', () => {
  const turns = (
    ...parts: (ChatRequest['turns'][number] & { role: 'assistant' })['parts'][number][]
  ): ChatRequest['turns'] => [
    user('x'),
    { role: 'assistant', parts: [...parts, { type: 'text', text: 'y' }] },
    user('z'),
  ]
  const own = { dialect: 'openai-chat', fields: { format: 'f' } }
  const signed = { type: 'reasoning', text: 'Hm', signature: 's', origin: own } as const
  const foreign = {
    type: 'reasoning',
    text: 'Hm',
    signature: 's',
    origin: { dialect: 'other' },
  } as const
  const message = (request: ChatRequest['turns'], reasoning: ProfilePatch['reasoning']) => {
    const { body, lost } = encode({ turns: request }, { reasoning: reasoning ?? {} })
    return { message: (body['messages'] as readonly object[])[1], lost }
  }

  test('goes back as text in the field the target reads', () => {
    expect(message(turns({ type: 'reasoning', text: 'Hm' }), { field: 'reasoning' })).toEqual({
      message: { role: 'assistant', content: 'y', reasoning: 'Hm' },
      lost: [],
    })
    expect(message(turns(signed), {}).lost).toEqual(['dropped:reasoning state'])
  })

  test('is left out where the target takes none, and that is said', () => {
    expect(message(turns({ type: 'reasoning', text: 'Hm' }), { history: 'never' })).toEqual({
      message: { role: 'assistant', content: 'y' },
      lost: ['dropped:reasoning'],
    })
  })

  test('goes back signed only with proof of this dialect', () => {
    const details = { history: 'signed', field: 'reasoning_details' } as const
    expect(message(turns(signed), details).message).toMatchObject({
      reasoning_details: [
        { type: 'reasoning.text', text: 'Hm', signature: 's', format: 'f', index: 0 },
      ],
    })
    const { message: without, lost } = message(turns(foreign), details)
    expect(without).toEqual({ role: 'assistant', content: 'y' })
    expect(lost).toEqual(['dropped:reasoning'])
    const text = message(turns(foreign), { history: 'text', field: 'reasoning_details' }).message
    expect(text).toMatchObject({
      reasoning_details: [{ type: 'reasoning.text', text: 'Hm', index: 0 }],
    })
    expect(JSON.stringify(text)).not.toContain('signature')
  })

  test.each<[ChatRequest['reasoning'], ProfilePatch['reasoning'], object, readonly string[]]>([
    [{ mode: 'on', effort: 'high' }, {}, { reasoning_effort: 'high' }, []],
    [
      { mode: 'on', effort: 'xhigh' },
      { efforts: ['low', 'high'] },
      { reasoning_effort: 'high' },
      ['changed:reasoning_effort'],
    ],
    [
      { mode: 'on', budgetTokens: 5000 },
      {},
      { reasoning_effort: 'medium' },
      ['changed:thinking budget'],
    ],
    [{ mode: 'off' }, {}, { reasoning_effort: 'none' }, []],
    [
      { mode: 'off' },
      { efforts: ['low'] },
      { reasoning_effort: 'low' },
      ['changed:reasoning_effort'],
    ],
    [{ mode: 'on' }, { ask: 'switch', efforts: [] }, { thinking: { type: 'enabled' } }, []],
    [{ mode: 'off' }, { ask: 'switch' }, { thinking: { type: 'disabled' } }, []],
    [
      { mode: 'on', budgetTokens: 9 },
      { ask: 'budget' },
      { enable_thinking: true, thinking_budget: 9 },
      [],
    ],
    [{ mode: 'adaptive' }, { ask: 'adaptive' }, { thinking: { type: 'auto' } }, []],
    [{ mode: 'on' }, { ask: 'none' }, {}, ['dropped:reasoning']],
    [{ mode: 'off' }, { ask: 'none' }, {}, []],
  ])('the wish %j is asked for as %j wants it', (reasoning, patch, expected, losses) => {
    const { body, lost } = encode(reasoning ? { reasoning } : {}, { reasoning: patch ?? {} })
    const { model: _model, messages: _messages, ...rest } = body
    expect(rest).toEqual(expected)
    expect(lost).toEqual(losses)
  })
})

test('tools are written with strictness only where it was asked for', () => {
  const grammar = { type: 'grammar', syntax: 'lark', definition: 'start: "a"' }
  const { body } = encode({
    tools: [
      { type: 'function', name: 'f', schema: { type: 'object' } },
      { type: 'function', name: 'g', isStrict: true },
      { type: 'custom', name: 'h', format: grammar },
      { type: 'opaque', dialect: 'openai-chat', name: 'w', raw: { type: 'web' } },
    ],
    toolChoice: { mode: 'one', name: 'h' },
    hasParallelTools: false,
  })
  expect(body).toMatchObject({
    tools: [
      { type: 'function', function: { name: 'f', parameters: { type: 'object' } } },
      { type: 'function', function: { name: 'g', strict: true } },
      {
        type: 'custom',
        custom: { name: 'h', format: { type: 'grammar', grammar: { syntax: 'lark' } } },
      },
      { type: 'web' },
    ],
    tool_choice: { type: 'custom', custom: { name: 'h' } },
    parallel_tool_calls: false,
  })
})

test('a tool list that lost all its tools is not written', () => {
  const { body, lost } = encode({
    tools: [{ type: 'opaque', dialect: 'other', name: 'search', raw: {} }],
    toolChoice: { mode: 'required' },
  })
  expect(body['tools']).toBeUndefined()
  expect(body['tool_choice']).toBeUndefined()
  expect(lost).toEqual(['dropped:tool search', 'dropped:tool_choice'])
})

test('carried fields of this dialect come back verbatim, others are losses', () => {
  const own = encode({ extensions: { dialect: 'openai-chat', fields: { metadata: { a: 1 } } } })
  expect(own.body['metadata']).toEqual({ a: 1 })
  const foreign = encode({ extensions: { dialect: 'other', fields: { container: 'x' } } })
  expect(foreign.body['container']).toBeUndefined()
  expect(foreign.lost).toEqual(['dropped:container'])
})

test('cache marks, documents and long user names are told', () => {
  const { body, lost } = encode({
    turns: [
      {
        role: 'user',
        parts: [
          { type: 'text', text: 'a', cache: {} },
          {
            type: 'document',
            source: { kind: 'text', mediaType: 'text/plain', text: 'body' },
            title: 'T',
          },
          {
            type: 'document',
            source: { kind: 'base64', mediaType: 'application/pdf', data: 'AA' },
          },
          { type: 'document', source: { kind: 'url', url: 'https://x.test/d.pdf' } },
        ],
      },
    ],
    meta: { user: 'u'.repeat(70) },
  })
  expect(body['user']).toHaveLength(64)
  expect(body['messages']).toMatchObject([
    {
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'T\n\nbody' },
        {
          type: 'file',
          file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,AA' },
        },
        { type: 'text', text: 'Document: https://x.test/d.pdf' },
      ],
    },
  ])
  expect(lost).toEqual([
    'dropped:cache_control',
    'emulated:document',
    'changed:document',
    'changed:user',
  ])
})

test('usage is asked for in a forwarded stream only when nobody did', () => {
  const edit = openaiChat.request.usageEdit
  const { profile } = openaiChat
  expect(edit?.({ stream: true, stream_options: { a: 1 } }, profile)).toEqual({
    stream_options: { a: 1, include_usage: true },
  })
  expect(edit?.({ stream: true, stream_options: { include_usage: true } }, profile)).toBeUndefined()
  expect(edit?.({ stream: false }, profile)).toBeUndefined()
  expect(edit?.({ stream: true }, { ...profile, streamUsage: 'unasked' })).toBeUndefined()
})

test('parameters are an object with properties, whatever the client left out', () => {
  const parametersOf = (schema: JsonObject): unknown => {
    const { body } = encode({ tools: [{ type: 'function', name: 'f', schema }] })
    return (body['tools'] as { function: JsonObject }[])[0]?.function['parameters']
  }
  expect(parametersOf({})).toEqual({ type: 'object', properties: {} })
  expect(parametersOf({ type: 'object' })).toEqual({ type: 'object', properties: {} })
  expect(parametersOf({ $ref: '#/$defs/A' })).toEqual({ type: 'object', $ref: '#/$defs/A' })
  const whole = { type: 'object', properties: { a: { type: 'string' } } }
  expect(parametersOf(whole)).toEqual(whole)
})

test('a limit of nothing, which only warms a cache, is the least the dialect takes', () => {
  expect(encode({ limits: { maxOutputTokens: 0 } })).toMatchObject({
    body: { max_tokens: 1 },
    lost: ['changed:max_tokens'],
  })
})

test('a document of text is told with all that is said of it, but for its citations', () => {
  const document = {
    type: 'document' as const,
    source: { kind: 'text' as const, mediaType: 'text/plain', text: 'words' },
    title: 'T',
    context: 'C',
    hasCitations: true,
  }
  expect(encode({ turns: [{ role: 'user', parts: [document] }] })).toMatchObject({
    body: { messages: [{ content: 'T\n\nC\n\nwords' }] },
    lost: ['dropped:citations', 'emulated:document'],
  })
})
