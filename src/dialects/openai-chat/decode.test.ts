// What clients send, in neutral words.

import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../core/json.ts'
import { openaiChat } from './index.ts'

const hello = { role: 'user', content: 'Hello' }
const decode = (body: JsonObject) =>
  openaiChat.request.decode({ body: { messages: [hello], ...body }, headers: {} })

const tool = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }

describe('messages', () => {
  test('leading instructions stand apart, later ones keep their place', () => {
    const { system, turns } = decode({
      messages: [
        { role: 'System', content: 'One' },
        { role: 'developer', content: [{ type: 'text', text: 'Two' }] },
        hello,
        { role: 'system', content: 'Three' },
        { role: 'ASSISTANT', content: 'Hi' },
      ],
    })
    expect(system).toEqual([
      { type: 'text', text: 'One' },
      { type: 'text', text: 'Two', role: 'developer' },
    ])
    expect(turns.map(({ role }) => role)).toEqual(['user', 'system', 'assistant'])
  })

  test('a prompt is one user turn', () => {
    const request = openaiChat.request.decode({ body: { prompt: 'Hi' }, headers: {} })
    expect(request.turns).toEqual([{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }])
  })

  test('media parts become sources', () => {
    const { turns } = decode({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See', cache_control: { type: 'ephemeral', ttl: '1h' } },
            { type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'low' } },
            { type: 'image_url', image_url: 'data:image/png;base64,AAAA' },
            { type: 'input_audio', input_audio: { data: 'BBBB', format: 'mp3' } },
            {
              type: 'file',
              file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,CCCC' },
            },
            { type: 'file', file: { file_id: 'file-1' } },
            { type: 'video_url', video_url: { url: 'https://x.test/a.mp4' } },
          ],
        },
      ],
    })
    expect(turns[0]?.parts).toEqual([
      { type: 'text', text: 'See', cache: { ttl: '1h' } },
      { type: 'image', source: { kind: 'url', url: 'https://x.test/a.png' }, detail: 'low' },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
      { type: 'audio', source: { kind: 'base64', mediaType: 'audio/mpeg', data: 'BBBB' } },
      {
        type: 'document',
        title: 'a.pdf',
        source: { kind: 'base64', mediaType: 'application/pdf', data: 'CCCC' },
      },
      { type: 'document', source: { kind: 'file', id: 'file-1', dialect: 'openai-chat' } },
      {
        type: 'opaque',
        dialect: 'openai-chat',
        raw: { type: 'video_url', video_url: { url: 'https://x.test/a.mp4' } },
      },
    ])
  })

  test('an assistant turn holds thought, text, refusal and calls', () => {
    const { turns } = decode({
      messages: [
        hello,
        {
          role: 'assistant',
          content: null,
          refusal: 'No.',
          reasoning_content: 'Hm',
          reasoning: 'Hm',
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'f', arguments: '' } },
            { id: 'b', type: 'custom', custom: { name: 'g', input: 'x' } },
            {
              id: 'c',
              type: 'function',
              function: { name: 'h', arguments: { n: 1 } },
              extra_content: { k: 1 },
            },
          ],
        },
        { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'ok' }] },
        { role: 'tool', tool_name: 'g', content: 'fine' },
      ],
    })
    expect(turns[1]?.parts).toEqual([
      { type: 'reasoning', text: 'Hm' },
      { type: 'refusal', text: 'No.' },
      { type: 'tool-call', id: 'a', name: 'f', arguments: '{}', kind: 'function' },
      { type: 'tool-call', id: 'b', name: 'g', arguments: 'x', kind: 'custom' },
      {
        type: 'tool-call',
        id: 'c',
        name: 'h',
        arguments: '{"n":1}',
        kind: 'function',
        extensions: { dialect: 'openai-chat', fields: { extra_content: { k: 1 } } },
      },
    ])
    expect(turns[2]?.parts).toMatchObject([{ type: 'tool-result', id: 'a' }])
    expect(turns[3]?.parts).toMatchObject([{ type: 'tool-result', id: 'b', name: 'g' }])
  })

  test('the old function form is understood', () => {
    const { turns, tools, toolChoice } = decode({
      functions: [{ name: 'f', parameters: { type: 'object' } }],
      function_call: { name: 'f' },
      messages: [
        hello,
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"a":1}' } },
        { role: 'function', name: 'f', content: 'done' },
      ],
    })
    expect(tools).toEqual([{ type: 'function', name: 'f', schema: { type: 'object' } }])
    expect(toolChoice).toEqual({ mode: 'one', name: 'f' })
    const [call] = turns[1]?.parts ?? []
    const [result] = turns[2]?.parts ?? []
    expect(call).toMatchObject({ type: 'tool-call', name: 'f', arguments: '{"a":1}' })
    expect(
      result?.type === 'tool-result' && call?.type === 'tool-call' && result.id === call.id,
    ).toBe(true)
  })

  test('stream pieces of signed thought are joined again', () => {
    const piece = { type: 'reasoning.text', format: 'f', index: 0 }
    const { turns } = decode({
      messages: [
        hello,
        {
          role: 'assistant',
          content: 'x',
          reasoning_content: 'Let me see',
          reasoning_details: [
            { ...piece, text: 'Let me' },
            { ...piece, text: ' see' },
            { ...piece, signature: 'sig' },
            { type: 'reasoning.encrypted', data: 'blob', id: 'rs_1', index: 1 },
          ],
        },
      ],
    })
    expect(turns[1]?.parts.slice(0, 2)).toEqual([
      {
        type: 'reasoning',
        text: 'Let me see',
        signature: 'sig',
        origin: { dialect: 'openai-chat', fields: { format: 'f' } },
      },
      {
        type: 'reasoning',
        text: '',
        redacted: 'blob',
        origin: { dialect: 'openai-chat', fields: { id: 'rs_1' } },
      },
    ])
  })
})

describe('settings', () => {
  test.each<[JsonObject, unknown]>([
    [{ think: true }, { mode: 'on' }],
    [{ think: false, thinking: true }, { mode: 'off' }],
    [{ thinking: { type: 'disabled' } }, { mode: 'off' }],
    [{ thinking: { type: 'enabled', budget_tokens: 2000 } }, { mode: 'on', budgetTokens: 2000 }],
    [{ thinking: { type: 'auto' } }, { mode: 'adaptive' }],
    [{ reasoning_effort: 'high' }, { mode: 'on', effort: 'high' }],
    [{ reasoning_effort: 'none' }, { mode: 'off' }],
    [
      { reasoning: { max_tokens: 500, exclude: true } },
      { mode: 'on', budgetTokens: 500, isShown: false },
    ],
    [
      { enable_thinking: true, thinking_budget: 9 },
      { mode: 'on', budgetTokens: 9 },
    ],
    [{ reasoning_effort: 'default' }, undefined],
    [{}, undefined],
  ])('the wish to think %j is understood', (body, expected) => {
    expect(decode(body).reasoning).toEqual(expected)
  })

  test('what has no neutral word is carried, what is ours is not', () => {
    const { extensions } = decode({
      provider: { order: ['a'] },
      session_id: 's',
      plugins: [],
      think: true,
      metadata: { a: '1' },
      reasoning_effort: 'default',
      stream_options: { include_usage: true, include_obfuscation: false },
      thinking: { type: 'enabled', keep: 'all' },
      store: null,
    })
    expect(extensions).toEqual({
      dialect: 'openai-chat',
      fields: {
        provider: { order: ['a'] },
        metadata: { a: '1' },
        reasoning_effort: 'default',
        stream_options: { include_obfuscation: false },
        thinking: { keep: 'all' },
      },
    })
    expect(decode({ provider: 'groq' }).extensions).toBeUndefined()
  })

  test('tool choices in all their forms', () => {
    const choose = (choice: JsonObject[string]) =>
      decode({ tools: [tool], tool_choice: choice }).toolChoice
    const named = { type: 'function', function: { name: 'weather' } }
    expect(choose('any')).toEqual({ mode: 'required' })
    expect(choose('weather')).toEqual({ mode: 'one', name: 'weather' })
    expect(choose(named)).toEqual({ mode: 'one', name: 'weather' })
    expect(
      choose({ type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [named] } }),
    ).toEqual({ mode: 'allowed', names: ['weather'], isRequired: true })
    expect(choose(null)).toBeUndefined()
  })

  test('output schemas in both of their forms', () => {
    const schema = { type: 'object' }
    expect(
      decode({
        response_format: { type: 'json_schema', json_schema: { name: 'n', schema, strict: true } },
      }).output,
    ).toEqual({ type: 'schema', schema, name: 'n', isStrict: true })
    expect(decode({ response_format: { type: 'json_schema', schema } }).output).toEqual({
      type: 'schema',
      schema,
    })
    expect(decode({ response_format: { type: 'json_object' } }).output).toEqual({ type: 'json' })
  })

  test('limits, sampling and the rest', () => {
    const request = decode({
      max_tokens: 5,
      max_completion_tokens: 7,
      stop: 'END',
      n: 1,
      top_k: 4,
      safety_identifier: 'me',
      stream: true,
      stream_options: { include_usage: true },
    })
    expect(request.limits).toEqual({ maxOutputTokens: 7, stop: ['END'] })
    expect(request.sampling).toEqual({ topK: 4 })
    expect(request.meta).toEqual({ user: 'me' })
    expect(request.wantsStreamUsage).toBe(true)
    expect(decode({ max_tokens: -1 }).limits).toBeUndefined()
  })
})

test('bodies whose meaning is ours are never forwarded', () => {
  const must = (body: JsonObject) =>
    openaiChat.request.mustTranslate?.(body, (text) => JSON.stringify(body).includes(text))
  expect(must({ messages: [hello], tools: [tool], tool_choice: 'auto', provider: 'x' })).toBe(false)
  expect(must({ prompt: 'Hi' })).toBe(true)
  expect(must({ think: false })).toBe(true)
  expect(must({ thinking: true })).toBe(true)
  expect(must({ thinking: { type: 'enabled' } })).toBe(false)
  expect(must({ tools: [{ name: 'utc' }] })).toBe(true)
  const details = [{ type: 'reasoning.text', signature: 'dragoman.e30' }]
  expect(must({ messages: [hello, { role: 'assistant', reasoning_details: details }] })).toBe(true)
})
