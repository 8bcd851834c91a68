// A provider that answers a request for structured output, natively or by the tool it was made into.

import type { ScriptedAnswer } from '../../src/testing/index.ts'

export type SchemaRequest = {
  readonly stream?: boolean
  readonly tool_choice?: { readonly type?: string; readonly name?: string }
  readonly tools?: readonly { readonly name?: string }[]
}

/** `value` as text, or as the arguments of the tool the request forces. */
export function schemaAnswer(
  dialect: string,
  request: SchemaRequest,
  value: unknown,
): ScriptedAnswer {
  const text = JSON.stringify(value)
  const isStream = request.stream === true
  const body =
    dialect === 'anthropic'
      ? toMessage(text, value, request.tool_choice?.name, isStream)
      : toCompletion(text, isStream)
  return {
    body,
    headers: { 'content-type': isStream ? 'text/event-stream' : 'application/json' },
    cuts: { seed: 11, count: 6 },
  }
}

function toCompletion(text: string, isStream: boolean): unknown {
  const head = { id: 'chatcmpl-schema', created: 1790000000, model: 'some-model' }
  if (!isStream) {
    return {
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 9, completion_tokens: 9, total_tokens: 18 },
    }
  }
  const chunk = (delta: unknown, finish: string | null): string =>
    `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
  return [
    chunk({ role: 'assistant', content: '' }, null),
    chunk({ content: text.slice(0, 9) }, null),
    chunk({ content: text.slice(9) }, null),
    chunk({}, 'stop'),
    'data: [DONE]\n\n',
  ].join('')
}

function toMessage(
  text: string,
  input: unknown,
  tool: string | undefined,
  isStream: boolean,
): unknown {
  const usage = { input_tokens: 9, output_tokens: 9 }
  const message = { id: 'msg_schema', type: 'message', role: 'assistant', model: 'some-model' }
  const reason = tool ? 'tool_use' : 'end_turn'
  const whole = tool
    ? { type: 'tool_use', id: 'toolu_s', name: tool, input }
    : { type: 'text', text }
  if (!isStream)
    return { ...message, content: [whole], stop_reason: reason, stop_sequence: null, usage }
  const begun = tool ? { ...whole, input: {} } : { type: 'text', text: '' }
  const delta = (piece: string) =>
    tool ? { type: 'input_json_delta', partial_json: piece } : { type: 'text_delta', text: piece }
  const start = { ...message, content: [], stop_reason: null, stop_sequence: null, usage }
  return [
    { type: 'message_start', message: start },
    { type: 'content_block_start', index: 0, content_block: begun },
    { type: 'content_block_delta', index: 0, delta: delta(text.slice(0, 9)) },
    { type: 'content_block_delta', index: 0, delta: delta(text.slice(9)) },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage },
    { type: 'message_stop' },
  ]
    .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('')
}
