// Holds our own Messages streams to Anthropic's rules, as strict clients read them.

import { readSseEvents } from '../read-sse.ts'
import { type Fields, type FrameChecker, parse, toFields, toList } from './check-frames.ts'

type Block = { readonly index: number; readonly type: string; json: string; isSigned: boolean }
type Walk = {
  readonly report: (violation: string) => void
  open: Block | undefined
  nextIndex: number
  stage: 'before' | 'content' | 'delta-seen' | 'stopped' | 'failed'
  /** What is wrong with a call's input; an answer cut at its limit may stop in one. */
  brokenInput: string | undefined
}

const stopReasons = [
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
  'compaction',
]

const cutReasons = ['max_tokens', 'model_context_window_exceeded']

/** Delta type → block types it fits; a delta type that is not listed fits any. */
const deltaFits: { readonly [type: string]: readonly string[] } = {
  text_delta: ['text'],
  input_json_delta: ['tool_use', 'server_tool_use', 'mcp_tool_use'],
  thinking_delta: ['thinking'],
  signature_delta: ['thinking'],
  citations_delta: ['text'],
}

/** Checks a whole Messages stream as a client got it. */
export const checkAnthropicFrames: FrameChecker = (body) => {
  const violations: string[] = []
  let position = 0
  const walk: Walk = {
    report: (violation) => violations.push(`Frame ${position}: ${violation}`),
    open: undefined,
    nextIndex: 0,
    stage: 'before',
    brokenInput: undefined,
  }
  for (const { event, data } of readSseEvents(body)) {
    const fields = toFields(parse(data))
    if (event !== fields['type'])
      walk.report(`the event line "${event}" is not the type "${fields['type']}"`)
    checkFrame(walk, fields)
    position += 1
  }
  if (walk.stage !== 'stopped' && walk.stage !== 'failed')
    walk.report('the stream ends without message_stop or error')
  return violations
}

function checkFrame(walk: Walk, fields: Fields): void {
  const type = String(fields['type'])
  if (walk.stage === 'stopped' || walk.stage === 'failed') {
    walk.report(`${type} after the stream's end`)
    return
  }
  if (type === 'ping') return
  if (type === 'error') {
    checkError(walk, fields)
    return
  }
  if (walk.stage === 'before' && type !== 'message_start')
    walk.report(`${type} before message_start`)
  const checker = checkers[type]
  if (checker) checker(walk, fields)
  else walk.report(`the event type "${type}" is not known`)
}

const checkers: { readonly [type: string]: (walk: Walk, fields: Fields) => void } = {
  message_start: checkMessageStart,
  content_block_start: checkBlockStart,
  content_block_delta: checkBlockDelta,
  content_block_stop: checkBlockStop,
  message_delta: checkMessageDelta,
  message_stop: (walk) => {
    if (walk.stage !== 'delta-seen') walk.report('message_stop without message_delta')
    walk.stage = 'stopped'
  },
}

function checkError(walk: Walk, fields: Fields): void {
  const error = toFields(fields['error'])
  if (typeof error['type'] !== 'string') walk.report('an error without a type')
  if (typeof error['message'] !== 'string') walk.report('an error without a message')
  if (walk.stage === 'delta-seen') walk.report('an error after the stop reason was told')
  walk.stage = 'failed'
}

function checkMessageStart(walk: Walk, fields: Fields): void {
  if (walk.stage !== 'before') walk.report('a second message_start')
  walk.stage = 'content'
  const message = toFields(fields['message'])
  const usage = toFields(message['usage'])
  if (typeof message['id'] !== 'string' || message['id'] === '') walk.report('a message without id')
  if (message['type'] !== 'message') walk.report('the message is not of type "message"')
  if (message['role'] !== 'assistant') walk.report('the message is not the assistant’s')
  if (typeof message['model'] !== 'string') walk.report('a message without a model')
  if (toList(message['content']).length > 0) walk.report('message_start already has content')
  if (!('stop_reason' in message) || message['stop_reason'] !== null)
    walk.report('message_start must have stop_reason null')
  if (!Number.isInteger(usage['input_tokens']) || !Number.isInteger(usage['output_tokens']))
    walk.report('message_start without whole-number input_tokens and output_tokens')
}

function checkBlockStart(walk: Walk, fields: Fields): void {
  const block = toFields(fields['content_block'])
  const type = String(block['type'])
  if (walk.stage === 'delta-seen') walk.report('a block starts after message_delta')
  if (walk.open) walk.report(`block ${fields['index']} starts while ${walk.open.index} is open`)
  if (fields['index'] !== walk.nextIndex)
    walk.report(`block ${fields['index']} starts, expected ${walk.nextIndex}`)
  if (type === 'text' && typeof block['text'] !== 'string') walk.report('a text block without text')
  if (type === 'thinking' && typeof block['thinking'] !== 'string')
    walk.report('a thinking block without thinking')
  if (type === 'redacted_thinking' && typeof block['data'] !== 'string')
    walk.report('a redacted_thinking block without data')
  if (type === 'tool_use' && !(block['id'] && block['name']))
    walk.report('a tool_use block without id or name')
  if (type === 'tool_use' && Object.keys(toFields(block['input'])).length > 0)
    walk.report('a tool_use block starts with input that clients do not read')
  walk.open = { index: walk.nextIndex, type, json: '', isSigned: false }
  walk.nextIndex += 1
}

function checkBlockDelta(walk: Walk, fields: Fields): void {
  const delta = toFields(fields['delta'])
  const type = String(delta['type'])
  const block = walk.open
  if (!block || fields['index'] !== block.index) {
    walk.report(`a delta for block ${fields['index']}, open is ${block?.index}`)
    return
  }
  const fits = deltaFits[type]
  if (fits && !fits.includes(block.type)) walk.report(`${type} in a ${block.type} block`)
  if (block.isSigned && type === 'thinking_delta') walk.report('thinking after its signature')
  if (type === 'signature_delta') block.isSigned = true
  if (type === 'input_json_delta') block.json += String(delta['partial_json'])
}

function checkBlockStop(walk: Walk, fields: Fields): void {
  const block = walk.open
  if (!block || fields['index'] !== block.index) {
    walk.report(`block ${fields['index']} stops, open is ${block?.index}`)
    return
  }
  walk.open = undefined
  if (block.type !== 'tool_use' || block.json === '') return
  const input = parse(block.json)
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    walk.brokenInput = `the input of block ${block.index} is not a JSON object: ${block.json}`
}

function checkMessageDelta(walk: Walk, fields: Fields): void {
  if (walk.stage === 'delta-seen') walk.report('a second message_delta')
  if (walk.open) walk.report(`message_delta while block ${walk.open.index} is open`)
  walk.stage = 'delta-seen'
  const delta = toFields(fields['delta'])
  const reason = delta['stop_reason']
  if (typeof reason !== 'string' || !stopReasons.includes(reason))
    walk.report(`stop_reason is ${JSON.stringify(reason)}`)
  if (walk.brokenInput && !cutReasons.includes(String(reason))) walk.report(walk.brokenInput)
  if (!('stop_sequence' in delta)) walk.report('message_delta without stop_sequence')
  if (!Number.isInteger(toFields(fields['usage'])['output_tokens']))
    walk.report('message_delta without whole-number output_tokens')
}
