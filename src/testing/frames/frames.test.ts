import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkAnthropicFrames } from './anthropic.ts'
import { checkOpenaiChatFrames } from './openai-chat.ts'

const root = join(import.meta.dirname, '../../../fixtures')
const body = (name: string): string => readFileSync(join(root, name, 'response.sse'), 'utf8')

describe('official streams keep the rules of Chat Completions', () => {
  const names = ['text', 'tool-call', 'parallel-tools', 'refusal', 'length', 'two-choices']
  test.each(names)('%s', (name) => {
    expect(checkOpenaiChatFrames(body(`sample-openai-chat/${name}-stream`))).toEqual([])
  })
})

describe('official streams keep the rules of Messages', () => {
  const official = readdirSync(join(root, 'sample-anthropic')).filter(
    (name) => name.endsWith('-stream') && !/^(error|truncated|tool-cut)/.test(name),
  )
  test.each(official)('%s', (name) => {
    expect(checkAnthropicFrames(body(`sample-anthropic/${name}`))).toEqual([])
  })
})

const chatChunk = (delta: unknown, finish: string | null = null, id = 'chatcmpl-1'): string =>
  `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const begin = chatChunk({ role: 'assistant', content: '' })
const done = 'data: [DONE]\n\n'
const failure = 'data: {"error":{"message":"gone","type":"server_error","code":null}}\n\n'
const usage = `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } })}\n\n`
const toolChunk = (index: number, rest: object): string =>
  chatChunk({ tool_calls: [{ index, ...rest }] })
const named = { id: 'a', type: 'function', function: { name: 'look', arguments: '{}' } }

describe('checkOpenaiChatFrames() reports', () => {
  test.each([
    ['no end', begin + chatChunk({}, 'stop'), 'without [DONE]'],
    ['no finish', begin + done, 'never finishes'],
    [
      'two finishes',
      begin + chatChunk({}, 'stop') + chatChunk({}, 'stop') + done,
      'after its finish',
    ],
    ['no role', chatChunk({ content: 'a' }) + chatChunk({}, 'stop') + done, 'does not say role'],
    ['a new id', begin + chatChunk({}, 'stop', 'chatcmpl-2') + done, 'changed from'],
    ['anything after the end', begin + chatChunk({}, 'stop') + done + begin, 'after [DONE]'],
    ['an end after an error', begin + failure + chatChunk({}, 'stop'), 'after the error'],
    [
      'a good end beside an error',
      begin + chatChunk({}, 'stop') + failure,
      'yet the stream failed',
    ],
    [
      'an index that is skipped',
      begin + toolChunk(1, named) + chatChunk({}, 'tool_calls') + done,
      'expected 0',
    ],
    [
      'a name told twice',
      begin + toolChunk(0, named) + toolChunk(0, { function: { name: 'look', arguments: '' } }),
      'name of tool call 0 is repeated',
    ],
    [
      'a call without id',
      begin + toolChunk(0, { type: 'function', function: { name: 'look' } }),
      'without an id',
    ],
    [
      'broken arguments',
      begin +
        toolChunk(0, { ...named, function: { name: 'look', arguments: '{' } }) +
        chatChunk({}, 'tool_calls') +
        done,
      'are not JSON',
    ],
  ])('%s', (_name, text, words) => {
    expect(checkOpenaiChatFrames(text).join('\n')).toContain(words)
  })

  test('usage nobody asked for', () => {
    const stream = begin + chatChunk({}, 'stop') + usage + done
    expect(checkOpenaiChatFrames(stream, { wantsUsage: true })).toEqual([])
    expect(checkOpenaiChatFrames(stream, { wantsUsage: false }).join()).toContain('unasked')
  })

  test('nothing when an error ends the stream', () => {
    expect(checkOpenaiChatFrames(begin + failure)).toEqual([])
    expect(checkOpenaiChatFrames(begin + failure + done)).toEqual([])
  })
})

const event = (fields: { readonly type: string; readonly [key: string]: unknown }): string =>
  `event: ${fields.type}\ndata: ${JSON.stringify(fields)}\n\n`
const messageStart = event({
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  },
})
const open = (index: number, content_block: object): string =>
  event({ type: 'content_block_start', index, content_block })
const text = { type: 'text', text: '' }
const delta = (index: number, fields: object): string =>
  event({ type: 'content_block_delta', index, delta: fields })
const close = (index: number): string => event({ type: 'content_block_stop', index })
const stopping = event({
  type: 'message_delta',
  delta: { stop_reason: 'end_turn', stop_sequence: null },
  usage: { output_tokens: 2 },
})
const stop = event({ type: 'message_stop' })
const errorEvent = event({ type: 'error', error: { type: 'api_error', message: 'gone' } })

describe('checkAnthropicFrames() reports', () => {
  test.each([
    ['no start', open(0, text), 'before message_start'],
    ['two starts', messageStart + messageStart, 'second message_start'],
    ['no end', messageStart + stopping, 'without message_stop'],
    ['a stop without reason', messageStart + stop, 'without message_delta'],
    ['two open blocks', messageStart + open(0, text) + open(1, text), 'while 0 is open'],
    ['a wrong index', messageStart + open(1, text), 'expected 0'],
    [
      'a delta for a closed block',
      messageStart + open(0, text) + close(0) + delta(0, { type: 'text_delta', text: 'a' }),
      'open is undefined',
    ],
    [
      'a delta that does not fit',
      messageStart + open(0, text) + delta(0, { type: 'input_json_delta', partial_json: '{}' }),
      'in a text block',
    ],
    ['a block left open', messageStart + open(0, text) + stopping + stop, 'is open'],
    ['two reasons', messageStart + stopping + stopping + stop, 'second message_delta'],
    ['anything after the end', messageStart + stopping + stop + stop, 'after the stream'],
    ['anything after an error', messageStart + errorEvent + stopping, 'after the stream'],
    ['a good end before an error', messageStart + stopping + errorEvent, 'after the stop reason'],
    [
      'input that is no object',
      messageStart +
        open(0, { type: 'tool_use', id: 'a', name: 'b', input: {} }) +
        delta(0, { type: 'input_json_delta', partial_json: '{"a' }) +
        close(0) +
        stopping +
        stop,
      'not a JSON object',
    ],
    [
      'a wrong event line',
      messageStart.replace('event: message_start', 'event: ping'),
      'is not the type',
    ],
  ])('%s', (_name, stream, words) => {
    expect(checkAnthropicFrames(stream).join('\n')).toContain(words)
  })

  test('nothing when an error ends the stream', () => {
    expect(checkAnthropicFrames(messageStart + open(0, text) + errorEvent)).toEqual([])
  })
})
