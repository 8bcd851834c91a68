// Holds our own Chat Completions streams to OpenAI's rules, as strict clients read them.

import { readSseEvents } from '../read-sse.ts'
import {
  type Fields,
  type FrameChecker,
  type FrameExpectations,
  parse,
  toFields,
  toList,
} from './check-frames.ts'

type ToolCall = { name: string; arguments: string; isCustom: boolean }
type Choice = {
  isBegun: boolean
  finish: string | undefined
  readonly tools: Map<number, ToolCall>
}
type Walk = {
  readonly report: (violation: string) => void
  readonly choices: Map<number, Choice>
  head: string | undefined
  usageChunks: number
  isFailed: boolean
  isDone: boolean
}

const finishReasons = ['stop', 'length', 'tool_calls', 'content_filter', 'function_call']

/** Checks a whole `chat.completion.chunk` stream as a client got it. */
export const checkOpenaiChatFrames: FrameChecker = (body, expectations = {}) => {
  const violations: string[] = []
  let position = 0
  const walk: Walk = {
    report: (violation) => violations.push(`Frame ${position}: ${violation}`),
    choices: new Map(),
    head: undefined,
    usageChunks: 0,
    isFailed: false,
    isDone: false,
  }
  for (const { event, data } of readSseEvents(body)) {
    checkFrame(walk, event, data)
    position += 1
  }
  checkWhole(walk, expectations)
  return violations
}

function checkFrame(walk: Walk, event: string | undefined, data: string): void {
  if (walk.isDone) {
    walk.report('a frame after [DONE]')
    return
  }
  if (event !== undefined) walk.report(`the event line "${event}" is not part of this dialect`)
  if (data === '[DONE]') {
    walk.isDone = true
    return
  }
  if (walk.isFailed) {
    walk.report('a frame after the error')
    return
  }
  const chunk = toFields(parse(data))
  if ('error' in chunk) {
    checkError(walk, chunk)
    return
  }
  checkHead(walk, chunk)
  for (const choice of toList(chunk['choices'])) checkChoice(walk, toFields(choice))
  if (toList(chunk['choices']).length === 0 && !chunk['usage'])
    walk.report('a chunk without choices and without usage')
  if (chunk['usage']) checkUsage(walk, chunk)
}

function checkError(walk: Walk, chunk: Fields): void {
  walk.isFailed = true
  const error = toFields(chunk['error'])
  if (typeof error['message'] !== 'string') walk.report('an error without a message')
  if (typeof error['type'] !== 'string') walk.report('an error without a type')
}

function checkHead(walk: Walk, chunk: Fields): void {
  if (chunk['object'] !== 'chat.completion.chunk')
    walk.report(`object is ${JSON.stringify(chunk['object'])}`)
  if (typeof chunk['id'] !== 'string' || chunk['id'] === '') walk.report('a chunk without an id')
  if (!Number.isInteger(chunk['created'])) walk.report('created is not a whole number')
  if (typeof chunk['model'] !== 'string') walk.report('a chunk without a model')
  const head = JSON.stringify([chunk['id'], chunk['created'], chunk['model']])
  walk.head ??= head
  if (head !== walk.head) walk.report(`id, created and model changed from ${walk.head} to ${head}`)
}

function checkChoice(walk: Walk, fields: Fields): void {
  const index = fields['index']
  if (typeof index !== 'number') {
    walk.report('a choice without an index')
    return
  }
  const choice = walk.choices.get(index) ?? {
    isBegun: false,
    finish: undefined,
    tools: new Map<number, ToolCall>(),
  }
  walk.choices.set(index, choice)
  const delta = toFields(fields['delta'])
  if (!choice.isBegun && delta['role'] !== 'assistant')
    walk.report(`the first delta of choice ${index} does not say role "assistant"`)
  choice.isBegun = true
  if (choice.finish !== undefined) walk.report(`choice ${index} goes on after its finish`)
  for (const call of toList(delta['tool_calls'])) checkTool(walk, choice, toFields(call))
  const finish = fields['finish_reason']
  if (finish === null || finish === undefined) return
  if (typeof finish !== 'string' || !finishReasons.includes(finish))
    walk.report(`finish_reason is ${JSON.stringify(finish)}`)
  choice.finish = String(finish)
  for (const tool of choice.tools.values()) {
    if (choice.finish === 'length' || tool.isCustom) continue
    if (parse(tool.arguments) === undefined)
      walk.report(`the arguments of "${tool.name}" are not JSON: ${tool.arguments}`)
  }
}

function checkTool(walk: Walk, choice: Choice, fields: Fields): void {
  const index = fields['index']
  if (typeof index !== 'number') {
    walk.report('a tool call without an index')
    return
  }
  const isCustom = 'custom' in fields
  const content = toFields(isCustom ? fields['custom'] : fields['function'])
  const known = choice.tools.get(index)
  const text = content[isCustom ? 'input' : 'arguments']
  if (known) {
    if ('id' in fields) walk.report(`the id of tool call ${index} is repeated`)
    if ('name' in content) walk.report(`the name of tool call ${index} is repeated`)
    if (index !== choice.tools.size - 1)
      walk.report(`tool call ${index} goes on after call ${choice.tools.size - 1} began`)
    known.arguments += typeof text === 'string' ? text : ''
    return
  }
  if (index !== choice.tools.size)
    walk.report(`tool call ${index} begins, expected ${choice.tools.size}`)
  if (typeof fields['id'] !== 'string' || fields['id'] === '')
    walk.report(`tool call ${index} begins without an id`)
  if (typeof fields['type'] !== 'string') walk.report(`tool call ${index} begins without a type`)
  if (typeof content['name'] !== 'string' || content['name'] === '')
    walk.report(`tool call ${index} begins without a name`)
  choice.tools.set(index, {
    name: String(content['name']),
    arguments: typeof text === 'string' ? text : '',
    isCustom,
  })
}

function checkUsage(walk: Walk, chunk: Fields): void {
  walk.usageChunks += 1
  const usage = toFields(chunk['usage'])
  const counts = ['prompt_tokens', 'completion_tokens', 'total_tokens'].map((key) => usage[key])
  if (!counts.every((count) => Number.isInteger(count) && Number(count) >= 0))
    walk.report(`usage has counts ${JSON.stringify(counts)}`)
  if (Number(counts[0]) + Number(counts[1]) !== counts[2])
    walk.report(`total_tokens ${counts[2]} is not ${counts[0]} + ${counts[1]}`)
}

function checkWhole(walk: Walk, { wantsUsage }: FrameExpectations): void {
  if (walk.isFailed) {
    for (const [index, { finish }] of walk.choices) {
      if (finish !== undefined) walk.report(`choice ${index} finished, yet the stream failed`)
    }
    return
  }
  if (!walk.isDone) walk.report('the stream ends without [DONE]')
  if (walk.choices.size === 0) walk.report('the stream has no choice')
  for (const [index, { finish }] of walk.choices) {
    if (finish === undefined) walk.report(`choice ${index} never finishes`)
  }
  if (walk.usageChunks > 1) walk.report(`${walk.usageChunks} chunks tell usage`)
  if (wantsUsage === false && walk.usageChunks > 0) walk.report('usage was told unasked')
}
