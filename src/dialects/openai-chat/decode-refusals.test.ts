// What clients are told when their body is wrong.

import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../core/error.ts'
import type { JsonObject } from '../../core/json.ts'
import { openaiChat } from './index.ts'

const hello = { role: 'user', content: 'Hello' }

function refusal(body: JsonObject): GatewayError {
  try {
    openaiChat.request.decode({ body, headers: {} })
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('the body was accepted')
}

const withMessages = (...messages: JsonObject[]) => ({ messages })
const tool = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }

describe('a wrong body is refused with a code', () => {
  test.each<[string, JsonObject, string, string]>([
    ['messages and prompt', { messages: [hello], prompt: 'x' }, 'ambiguous_input', 'prompt'],
    ['neither', {}, 'missing_input', 'messages'],
    ['a blank prompt', { prompt: '  ' }, 'invalid_prompt', 'prompt'],
    ['a prompt that is no text', { prompt: 3 }, 'invalid_prompt', 'prompt'],
    ['no messages', { messages: [] }, 'invalid_messages', 'messages'],
    ['messages that are no array', { messages: 'x' }, 'invalid_messages', 'messages'],
    [
      'an unknown role',
      withMessages({ role: 'robot', content: 'x' }),
      'invalid_messages',
      'messages',
    ],
    ['no user', withMessages({ role: 'system', content: 'x' }), 'invalid_messages', 'messages'],
    ['a blank user', withMessages({ role: 'user', content: ' ' }), 'invalid_messages', 'messages'],
    ['no content', withMessages({ role: 'user' }), 'invalid_messages', 'messages'],
    [
      'an unnamed result',
      withMessages(hello, { role: 'tool', content: 'x', tool_call_id: '' }),
      'invalid_messages',
      'messages',
    ],
    ['a model that is no text', { messages: [hello], model: 4 }, 'invalid_model', 'model'],
    ['stream as text', { messages: [hello], stream: 'yes' }, 'invalid_stream', 'stream'],
    ['think as text', { messages: [hello], think: 'yes' }, 'invalid_think', 'think'],
    ['thinking as text', { messages: [hello], thinking: 'yes' }, 'invalid_thinking', 'thinking'],
    [
      'temperature as text',
      { messages: [hello], temperature: 'hot' },
      'invalid_temperature',
      'temperature',
    ],
    [
      'temperature above 2',
      { messages: [hello], temperature: 2.1 },
      'invalid_temperature',
      'temperature',
    ],
    [
      'repeat_penalty as text',
      { messages: [hello], repeat_penalty: 'x' },
      'invalid_repeat_penalty',
      'repeat_penalty',
    ],
    ['a blank provider', { messages: [hello], provider: ' ' }, 'invalid_provider', 'provider'],
    ['a blank session', { messages: [hello], session_id: '' }, 'invalid_session_id', 'session_id'],
    [
      'a tenant that is no text',
      { messages: [hello], tenant_id: 1 },
      'invalid_tenant_id',
      'tenant_id',
    ],
    [
      'no context',
      { messages: [hello], max_context_tokens: 0 },
      'invalid_max_context_tokens',
      'max_context_tokens',
    ],
    [
      'half a context',
      { messages: [hello], max_context_tokens: 1.5 },
      'invalid_max_context_tokens',
      'max_context_tokens',
    ],
    ['tools that are no array', { messages: [hello], tools: {} }, 'invalid_tools', 'tools'],
    [
      'a flat tool with a bad name',
      { messages: [hello], tools: [{ name: 'a b' }] },
      'invalid_tools',
      'tools',
    ],
    [
      'two flat tools of one name',
      { messages: [hello], tools: [{ name: 'a' }, { name: 'a' }] },
      'invalid_tools',
      'tools',
    ],
    [
      'required without tools',
      { messages: [hello], tool_choice: 'required' },
      'invalid_tool_choice',
      'tool_choice',
    ],
    [
      'an unknown tool chosen',
      { messages: [hello], tools: [tool], tool_choice: 'clock' },
      'invalid_tool_choice',
      'tool_choice',
    ],
    ['an unknown loop', { messages: [hello], loop_mode: 'wild' }, 'invalid_loop_mode', 'loop_mode'],
    [
      'agent_loop as text',
      { messages: [hello], agent_loop: 'x' },
      'invalid_agent_loop',
      'agent_loop',
    ],
    [
      'a blank loop_until',
      { messages: [hello], loop_until: '' },
      'invalid_loop_until',
      'loop_until',
    ],
    [
      'too many turns',
      { messages: [hello], loop_max_turns: 129 },
      'invalid_loop_max_turns',
      'loop_max_turns',
    ],
    ['no tokens', { messages: [hello], max_tokens: 0 }, 'invalid_max_tokens', 'max_tokens'],
    ['stop as number', { messages: [hello], stop: 7 }, 'invalid_stop', 'stop'],
  ])('%s', (_title, body, code, param) => {
    const error = refusal(body)
    expect([error.kind, error.status, error.code, error.param]).toEqual([
      'bad-request',
      400,
      code,
      param,
    ])
  })

  test('the message names the path, what is there and what would be right', () => {
    const part = { type: 'image_url', image_url: { url: 42 } }
    const error = refusal(withMessages(hello, { role: 'user', content: [part] }))
    expect(error.message).toBe(
      '"messages[1].content[0].image_url.url" must be a string, but is the number 42',
    )
    const broken = { type: 'image_url', image_url: { url: 'data:image/png,notbase64' } }
    expect(refusal(withMessages({ role: 'user', content: [broken] })).message).toContain('base64')
  })
})
