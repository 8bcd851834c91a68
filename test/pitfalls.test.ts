// Bugs other gateways are known for, one test each, through the running gateway. The numbers are those
// of the list they were collected in; those of other dialects have their tests elsewhere.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSseEvents } from '../src/testing/index.ts'
import { parse, toFields, toList } from './support/answer.ts'
import {
  block,
  callPiece,
  chatStream,
  chunk,
  completion,
  functionCall,
  hear,
  message,
  messageEnd,
  messagesOf,
  messagesStream,
  type Stage,
  send,
  startStage,
  toolUse,
  user,
  whole,
} from './support/pitfall-stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

const toolEnd = messageEnd('tool_use')
const callsEnd = chunk({}, 'tool_calls')

test('1: parallel calls are blocks of their own, and the Chat index counts tools', async () => {
  const calls = messagesStream(
    ...block(0, { type: 'text', text: '' }, { type: 'text_delta', text: 'a' }),
    ...block(1, toolUse('t1', 'f'), { type: 'input_json_delta', partial_json: '{"a":1}' }),
    ...block(2, toolUse('t2', 'g')),
    ...toolEnd,
  )
  const { answer, raw, problems } = await hear(stage, 'openai-chat', 'messages/m', calls)
  expect(problems).toEqual([])
  expect(answer.choices[0]?.toolCalls).toEqual([
    { name: 'f', arguments: { a: 1 } },
    { name: 'g', arguments: {} },
  ])
  expect([...raw.text.matchAll(/"tool_calls":\[\{"index":(\d)/g)].map(([, at]) => at)).toEqual([
    '0',
    '0',
    '1',
    '1',
  ])
})

test('2: text after a call is a text block, not a piece of the call', async () => {
  const script = chatStream(
    chunk(callPiece(0, { id: 'a' }, { name: 'f', arguments: '{}' })),
    chunk({ content: 'after' }),
    callsEnd,
  )
  const { answer, problems } = await hear(stage, 'anthropic', 'chat/m', script)
  expect(problems).toEqual([])
  expect(answer.choices[0]).toMatchObject({ text: 'after', rawFinish: 'tool_use' })
})

test('3: text between pieces of arguments tears no call', async () => {
  const script = chatStream(
    chunk(callPiece(0, { id: 'a' }, { name: 'f', arguments: '{"x"' })),
    chunk({ content: 'between' }),
    chunk(callPiece(1, { id: 'b' }, { name: 'g', arguments: '{"y"' })),
    chunk(callPiece(0, {}, { arguments: ':1}' })),
    chunk(callPiece(1, {}, { arguments: ':2}' })),
    callsEnd,
  )
  const { answer, problems } = await hear(stage, 'anthropic', 'chat/m', script)
  expect(problems).toEqual([])
  expect(answer.choices[0]?.text).toBe('between')
  expect(answer.choices[0]?.toolCalls).toEqual([
    { name: 'f', arguments: { x: 1 } },
    { name: 'g', arguments: { y: 2 } },
  ])
})

test('5: thought and text by turns give one text', async () => {
  const script = chatStream(
    ...['1', '2', '3'].flatMap((n) => [chunk({ reasoning: `r${n}` }), chunk({ content: `t${n}` })]),
    chunk({}, 'stop'),
  )
  const { raw, problems } = await hear(stage, 'anthropic', 'chat/m', script)
  expect(problems).toEqual([])
  expect(raw.text.match(/"content_block":\{"type":"text"/g)).toHaveLength(1)
  expect(raw.text).toContain('"thinking":"r2r3"')
})

test('6: a name that comes late, and ids and names emptied later', async () => {
  const script = chatStream(
    chunk(callPiece(0, { id: null }, { arguments: '{"a"' })),
    chunk(callPiece(0, { id: 'late' }, { name: 'f', arguments: ':' })),
    chunk(callPiece(0, { id: '' }, { name: null, arguments: '1}' })),
    callsEnd,
  )
  const { answer, raw } = await hear(stage, 'anthropic', 'chat/m', script)
  expect(answer.choices[0]?.toolCalls).toEqual([{ name: 'f', arguments: { a: 1 } }])
  expect(raw.text).toContain('"name":"f"')
})

test('7: later pieces of a call have no name at all', async () => {
  const script = messagesStream(
    ...block(0, toolUse('t', 'f'), { type: 'input_json_delta', partial_json: '{}' }),
    ...toolEnd,
  )
  const { raw } = await hear(stage, 'openai-chat', 'messages/m', script)
  expect(raw.text.match(/"name"/g)).toHaveLength(1)
})

test('9: the input comes in pieces, also where it was told with the start', async () => {
  const script = messagesStream(
    ...block(0, toolUse('t1', 'f'), { type: 'input_json_delta', partial_json: '' }),
    ...block(1, toolUse('t2', 'g', { a: 1 })),
    ...toolEnd,
  )
  const { answer } = await hear(stage, 'openai-chat', 'messages/m', script)
  expect(answer.choices[0]?.toolCalls).toEqual([
    { name: 'f', arguments: {} },
    { name: 'g', arguments: { a: 1 } },
  ])
})

test('10: an end "stop" after a call is an end for calls', async () => {
  const call = callPiece(0, { id: 'a' }, { name: 'f', arguments: '{}' })
  const script = chatStream(chunk(call), chunk({}, 'stop'))
  const { answer } = await hear(stage, 'anthropic', 'chat/m', script)
  expect(answer.choices[0]?.rawFinish).toBe('tool_use')
})

test('11: all calls of a whole answer arrive, also from a second choice without a number', async () => {
  const blocks = message([toolUse('t1', 'f'), toolUse('t2', 'g')], 'tool_use')
  const one = await hear(stage, 'openai-chat', 'messages/m', whole(blocks), false)
  expect(one.answer.choices[0]?.toolCalls.map(({ name }) => name)).toEqual(['f', 'g'])
  const split = completion({}, 'stop', {
    choices: [
      { finish_reason: 'tool_calls', message: { role: 'assistant', content: 'Let me see' } },
      { finish_reason: 'tool_calls', message: { tool_calls: [functionCall('a', 'f')] } },
    ],
  })
  const two = await hear(stage, 'anthropic', 'chat/m', whole(split), false)
  expect(two.answer.choices[0]).toMatchObject({
    text: 'Let me see',
    toolCalls: [{ name: 'f' }],
    rawFinish: 'tool_use',
  })
})

test('12: arguments are never edited, not even empty ones', async () => {
  const text = '{ "path": "", "n": 1.0, "s": "\\u00e9" }'
  const script = chatStream(
    chunk(callPiece(0, { id: 'a' }, { name: 'f', arguments: text })),
    callsEnd,
  )
  const { raw } = await hear(stage, 'anthropic', 'chat/m', script)
  const pieces = readSseEvents(raw.text).map(({ data }) => toFields(toFields(parse(data))['delta']))
  expect(pieces.map((delta) => delta['partial_json'] ?? '').join('')).toBe(text)
})

test('28: cached tokens are counted once, in either way of counting', async () => {
  const usage = { input_tokens: 10, cache_read_input_tokens: 30, cache_creation_input_tokens: 5 }
  const cached = message([{ type: 'text', text: 'a' }], 'end_turn', {
    usage: { ...usage, output_tokens: 7 },
  })
  const chat = await hear(stage, 'openai-chat', 'messages/m', whole(cached), false)
  expect(chat.answer.usage).toMatchObject({ input: 45, cacheRead: 30, output: 7 })
  const told = completion({ content: 'a' }, 'stop', {
    usage: {
      prompt_tokens: 45,
      completion_tokens: 7,
      total_tokens: 52,
      prompt_tokens_details: { cached_tokens: 30 },
    },
  })
  const { raw } = await hear(stage, 'anthropic', 'chat/m', whole(told), false)
  expect(toFields(parse(raw.text))['usage']).toMatchObject({
    input_tokens: 15,
    cache_read_input_tokens: 30,
  })
})

test('29: a start says an estimate of the input, the end the truth', async () => {
  const usage = { prompt_tokens: 345, completion_tokens: 2, total_tokens: 347 }
  const script = chatStream(chunk({ content: 'a' }), chunk({}, 'stop', { usage }))
  const { raw } = await hear(stage, 'anthropic', 'chat/m', script)
  const [first, ...rest] = readSseEvents(raw.text).map(({ data }) => toFields(parse(data)))
  expect(toFields(toFields(first?.['message'])['usage'])['input_tokens']).toBeGreaterThan(0)
  const end = rest.find(({ type }) => type === 'message_delta')
  expect(end?.['usage']).toMatchObject({ input_tokens: 345, output_tokens: 2 })
  const silent = chatStream(chunk({ content: 'a' }), chunk({}, 'stop'))
  const { raw: guessed } = await hear(stage, 'anthropic', 'chat/m', silent)
  expect(guessed.text).toMatch(/^: x-router-loss: .*estimated:input_tokens/m)
})

test('29: what is lost only in the end of an answer is refused by the strict', async () => {
  const cited = { type: 'text', text: 'a', citations: [{ type: 'char_location', cited_text: 'b' }] }
  stage.upstream.play(whole(message([cited], 'end_turn')))
  const body = { model: 'messages/m', messages: [user], max_tokens: 9 }
  const path = `${stage.gateway.address}/v1/chat/completions`
  const headers = { 'content-type': 'application/json', 'x-router-strict': '1' }
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
  expect([response.status, await response.text()]).toMatchObject([
    400,
    expect.stringContaining('loss_refused'),
  ])
})

test('30: chunks without choices and choices without a delta break nothing', async () => {
  const script = chatStream(
    { id: '', object: '', created: 0, model: '', choices: [], prompt_filter_results: [] },
    chunk({ content: 'a' }),
    { ...chunk({}), choices: [{ index: 0, finish_reason: 'stop', content_filter_results: {} }] },
    { ...chunk({}), choices: [{ index: 0, content_filter_offsets: {} }] },
    { choices: [], usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 } },
  )
  const { answer, problems } = await hear(stage, 'anthropic', 'chat/m', script)
  expect(problems).toEqual([])
  expect(answer).toMatchObject({ choices: [{ text: 'a' }], usage: { input: 3, output: 1 } })
})

const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
const textStart = block(0, { type: 'text', text: '' }, { type: 'text_delta', text: 'half' })

test.each(['openai-chat', 'anthropic'] as const)(
  '31: an error inside a stream is one for a client of %s',
  async (client) => {
    const script = messagesStream(...textStart.slice(0, 2), overloaded)
    const { answer, raw } = await hear(stage, client, 'messages/m', script)
    expect(answer.failure?.when).toBe('during')
    expect(raw.text).toMatch(/overloaded_error|provider_overloaded/)
    expect(raw.text).not.toMatch(/message_stop|"finish_reason":"|\[DONE\]/)
  },
)

test.each(['openai-chat', 'anthropic'] as const)(
  '32: a stream without its end mark does not look whole to a client of %s',
  async (client) => {
    const { answer } = await hear(stage, client, 'messages/m', messagesStream(...textStart))
    expect(answer.failure?.when).toBe('during')
    const [stop] = messageEnd('end_turn')
    const stopped = messagesStream(...textStart, stop ?? {})
    expect((await hear(stage, client, 'messages/m', stopped)).answer.failure).toBeUndefined()
  },
)

test('34: characters and lines cut between reads stay whole', async () => {
  const text = '早上好 👋🏽 é\u2028'
  const script = chatStream(chunk({ content: text }), chunk({}, 'stop'))
  const bytes = Buffer.from(String(script.body))
  const cuts = Array.from({ length: bytes.length - 1 }, (_, at) => at + 1)
  const { answer } = await hear(stage, 'anthropic', 'chat/m', { ...script, cuts })
  expect(answer.choices[0]?.text).toBe(text)
})

test('35: a failure under a good status is a failure', async () => {
  const body = { id: 'x', choices: null, base_resp: { status_code: 1008, status_msg: 'no money' } }
  for (const client of ['openai-chat', 'anthropic'] as const) {
    const { raw } = await hear(stage, client, 'chat/m', whole(body), false)
    expect(raw.status).toBe(402)
  }
})

test('36: fields of one dialect alone never reach the other, and that is told', async () => {
  const { body, problems, losses, headers } = await send(
    stage,
    'anthropic',
    'chat/m',
    {
      messages: [
        {
          role: 'user',
          content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } }],
        },
      ],
      context_management: { edits: [{ type: 'clear_thinking_20251015' }] },
    },
    { 'anthropic-beta': 'context-management-2025-06-27' },
  )
  expect(problems).toEqual([])
  expect(JSON.stringify(body)).not.toMatch(/cache_control|context_management/)
  expect(headers['anthropic-beta']).toBeUndefined()
  expect(losses).toMatch(/dropped:context_management/)
  expect(losses).toMatch(/dropped:cache_control/)
})

test('37: at most four cache marks are sent, the last ones', async () => {
  const content = ['a', 'b', 'c', 'd', 'e', 'f'].map((text) => ({
    type: 'text',
    text,
    cache_control: { type: 'ephemeral' },
  }))
  const { body, losses } = await send(stage, 'openai-chat', 'messages/m', {
    messages: [{ role: 'user', content }],
  })
  const marked = toList(messagesOf(body)[0]?.['content'])
    .map(toFields)
    .filter((part) => part['cache_control'])
  expect(marked.map(({ text }) => text)).toEqual(['c', 'd', 'e', 'f'])
  expect(losses).toContain('dropped:cache_control')
})

test('43: words outside the known lists break nothing, and an empty reason is no end', async () => {
  const script = chatStream(
    chunk({ role: 'bot', content: 'a' }, '', { service_tier: 'standard', object: 'x' }),
    chunk({ content: 'b' }, ''),
    chunk({}, 'some_new_reason'),
  )
  const { answer } = await hear(stage, 'anthropic', 'chat/m', script)
  expect(answer.choices[0]).toMatchObject({ text: 'ab', rawFinish: 'end_turn' })
})
