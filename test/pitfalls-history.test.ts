// Bugs other gateways are known for in what they send: histories, ids, thought and its proof. One test
// each, through the running gateway; the numbers go on from `pitfalls.test.ts`.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Json, parse, toFields, toList } from './support/answer.ts'
import { ask, chatPaths } from './support/ask.ts'
import {
  block,
  completion,
  functionCall,
  functions,
  hear,
  message,
  messageEnd,
  messagesOf,
  messagesStream,
  type Stage,
  send,
  startStage,
  tools,
  toolUse,
  user,
  whole,
} from './support/pitfall-stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

test('13: results stand in one user message, and each becomes a tool message', async () => {
  const history = [
    user,
    { role: 'assistant', tool_calls: [functionCall('a', 'f'), functionCall('b', 'g')] },
    { role: 'tool', tool_call_id: 'b', content: '2' },
    { role: 'tool', tool_call_id: 'a', content: '1' },
    { role: 'user', content: 'and?' },
  ]
  const chat = await send(stage, 'openai-chat', 'messages/m', {
    messages: history,
    tools: functions,
  })
  expect(chat.problems).toEqual([])
  expect(messagesOf(chat.body)).toHaveLength(3)
  const uses = { role: 'assistant', content: [toolUse('a', 'f'), toolUse('b', 'g')] }
  const results = ['a', 'b'].map((id) => ({ type: 'tool_result', tool_use_id: id, content: id }))
  const asked = { messages: [user, uses, { role: 'user', content: results }], tools }
  const back = await send(stage, 'anthropic', 'chat/m', asked)
  expect(back.problems).toEqual([])
  expect(messagesOf(back.body).map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'tool',
    'tool',
  ])
})

test('14: an assistant turn in several messages is one', async () => {
  const { body, problems } = await send(stage, 'openai-chat', 'messages/m', {
    messages: [
      user,
      { role: 'assistant', content: 'Let me see' },
      { role: 'assistant', content: null, tool_calls: [functionCall('a', 'f')] },
      { role: 'tool', tool_call_id: 'a', content: '1' },
    ],
    tools: functions,
  })
  expect(problems).toEqual([])
  expect(messagesOf(body)[1]?.['content']).toMatchObject([{ type: 'text' }, { type: 'tool_use' }])
})

test('16, 17: ids of calls reach the target, alike for call and result, in a form it takes', async () => {
  const id = `ü ${'x'.repeat(80)}`
  const { body, problems } = await send(stage, 'openai-chat', 'messages/m', {
    messages: [
      user,
      { role: 'assistant', tool_calls: [functionCall(id, 'f')] },
      { role: 'tool', tool_call_id: id, content: '1' },
    ],
    tools: functions,
  })
  expect(problems).toEqual([])
  const [, said, told] = messagesOf(body).map(({ content }) => toFields(toList(content)[0]))
  expect(said?.['id']).toMatch(/^[\w-]{1,64}$/)
  expect(told?.['tool_use_id']).toBe(said?.['id'])
})

test('19: no empty text is sent to who refuses it', async () => {
  const { body, problems } = await send(stage, 'openai-chat', 'messages/m', {
    messages: [
      { role: 'system', content: '' },
      { role: 'user', content: [{ type: 'text', text: ' ' }] },
      { role: 'assistant', content: '' },
      { role: 'user', content: 'x' },
    ],
  })
  expect(problems).toEqual([])
  expect(JSON.stringify(body)).not.toMatch(/"text":"\s*"/)
})

test('20: an image in a result follows all results, as an image', async () => {
  const source = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' }
  const result = (id: string, content: unknown) => ({
    type: 'tool_result',
    tool_use_id: id,
    content,
  })
  const { body, problems } = await send(stage, 'anthropic', 'chat/m', {
    messages: [
      user,
      { role: 'assistant', content: [toolUse('a', 'f'), toolUse('b', 'g')] },
      { role: 'user', content: [result('a', [{ type: 'image', source }]), result('b', '2')] },
    ],
    tools,
  })
  expect(problems).toEqual([])
  const last = messagesOf(body).at(-1)
  expect(messagesOf(body).map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'tool',
    'tool',
    'user',
  ])
  expect(JSON.stringify(last)).toContain('data:image/png;base64,iVBORw0KGgo=')
})

/** A first answer with signed thought and a call, as this client keeps it. */
async function thoughtfulAnswer(model: string): Promise<Json> {
  const thought = { type: 'thinking', thinking: 'hm', signature: 'SIG==' }
  stage.upstream.play(whole(message([thought, toolUse('a', 'f')], 'tool_use')))
  const raw = await ask(stage.gateway.address, chatPaths['openai-chat'], {
    model,
    messages: [user],
    tools: functions,
    reasoning_effort: 'high',
  })
  return toFields(toFields(toList(toFields(parse(raw.text))['choices'])[0])['message'])
}
const continued = (said: Json): Json => ({
  messages: [user, said, { role: 'tool', tool_call_id: 'a', content: '1' }],
  tools: functions,
  reasoning_effort: 'high',
})

test('21: signed thought returns to its origin, before the call it led to', async () => {
  const model = 'anthropic/claude-sonnet-4-5'
  const { body } = await send(stage, 'openai-chat', model, continued(await thoughtfulAnswer(model)))
  expect(messagesOf(body)[1]?.['content']).toMatchObject([
    { type: 'thinking', thinking: 'hm', signature: 'SIG==' },
    { type: 'tool_use' },
  ])
  expect(body['thinking']).toMatchObject({ type: 'enabled' })
})

test('22: signed thought reaches no other model, and the loop goes on without thought', async () => {
  const said = await thoughtfulAnswer('anthropic/claude-sonnet-4-5')
  const model = 'anthropic/claude-opus-4-5'
  const { body, losses } = await send(stage, 'openai-chat', model, continued(said))
  expect(JSON.stringify(body)).not.toMatch(/SIG|dragoman\.|"enabled"/)
  expect(losses).toContain('dropped:reasoning')
})

test('23: thought that is only a signature is kept', async () => {
  const script = messagesStream(
    ...block(
      0,
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'signature_delta', signature: 'SIG==' },
    ),
    ...block(1, { type: 'text', text: '' }, { type: 'text_delta', text: 'a' }),
    ...messageEnd('end_turn'),
  )
  const { answer } = await hear(stage, 'anthropic', 'messages/m', script)
  expect(answer.choices[0]?.signatures).toEqual(['SIG=='])
  const { raw } = await hear(stage, 'openai-chat', 'messages/m', script)
  expect(raw.text).toContain('"reasoning_details"')
})

test('24: thought is given back as text where it is wanted, and nowhere else', async () => {
  const asked = {
    messages: [
      user,
      {
        role: 'assistant',
        content: [{ type: 'thinking', thinking: 'hm', signature: '' }, toolUse('a', 'f')],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: '1' }] },
    ],
    tools,
  }
  const wanted = await send(stage, 'anthropic', 'chat/m', asked)
  expect(messagesOf(wanted.body)[1]?.['reasoning_content']).toBe('hm')
  const refused = await send(stage, 'anthropic', 'groq/m', asked)
  expect(JSON.stringify(refused.body)).not.toContain('hm')
  expect(refused.losses).toContain('dropped:reasoning')
})

test('25: state on a message and on its calls comes back to both through a client of the other dialect', async () => {
  const calls = ['a', 'b'].map((id) => ({
    ...functionCall(id, 'f'),
    extra_content: { google: { thought_signature: `S-${id}` } },
  }))
  const said = { content: '', reasoning_opaque: 'OPAQUE', tool_calls: calls }
  const { raw } = await hear(
    stage,
    'anthropic',
    'chat/m',
    whole(completion(said, 'tool_calls')),
    false,
  )
  const results = ['a', 'b'].map((id) => ({ type: 'tool_result', tool_use_id: id, content: id }))
  const next = (content: unknown): Json => ({
    messages: [user, { role: 'assistant', content }, { role: 'user', content: results }],
    tools,
  })
  const { content } = toFields(parse(raw.text)) as { content?: unknown }
  const back = await send(stage, 'anthropic', 'chat/m', next(content))
  expect(messagesOf(back.body)[1]).toMatchObject({ reasoning_opaque: 'OPAQUE', tool_calls: calls })
  const elsewhere = await send(stage, 'anthropic', 'messages/m', next(content))
  expect(JSON.stringify(elsewhere.body)).not.toMatch(/S-a|OPAQUE|dragoman\./)
})

test('27: new models are asked to think as they want, without sampling', async () => {
  const { body } = await send(stage, 'openai-chat', 'anthropic/claude-opus-4-8', {
    messages: [user],
    reasoning_effort: 'high',
    temperature: 0.2,
    top_p: 0.5,
  })
  expect(body).toMatchObject({
    thinking: { type: 'adaptive' },
    output_config: { effort: 'high' },
  })
  expect(body).not.toHaveProperty('temperature')
  expect(body).not.toHaveProperty('top_p')
})
