// Holds what we send upstream to the vendors' own rules: written apart from the codecs, so that a
// request no official API would take is found before a real one refuses it.

import { type Json, parse, toFields, toList, toNumber, toText } from './answer.ts'

type Report = (violation: string) => void

const checkers: { readonly [dialect: string]: (body: Json, report: Report) => void } = {
  'openai-chat': checkOpenaiChat,
  anthropic: checkAnthropic,
}

/** Every rule of `dialect` that a request body breaks, each one sentence; empty when none. */
export function checkRequest(dialect: string, body: unknown): readonly string[] {
  const violations: string[] = []
  const report: Report = (violation) => violations.push(violation)
  checkers[dialect]?.(toFields(body), report)
  return violations
}

const openaiFields = new Set(
  `model messages max_tokens max_completion_tokens temperature top_p n stop seed frequency_penalty
  presence_penalty logit_bias logprobs top_logprobs tools tool_choice parallel_tool_calls response_format
  reasoning_effort verbosity stream stream_options modalities audio prediction store metadata service_tier
  user safety_identifier prompt_cache_key prompt_cache_options web_search_options moderation`.split(
    /\s+/,
  ),
)

function checkOpenaiChat(body: Json, report: Report): void {
  for (const field of Object.keys(body)) {
    if (!openaiFields.has(field)) report(`"${field}" is not a field of this dialect`)
  }
  if (!toText(body['model'])) report('no model')
  if (toNumber(body['temperature']) > 2) report('temperature over 2')
  if (body['max_tokens'] !== undefined && body['max_completion_tokens'] !== undefined)
    report('max_tokens and max_completion_tokens together')
  if (body['stream_options'] !== undefined && body['stream'] !== true)
    report('stream_options without stream')
  if (Array.isArray(body['stop']) && body['stop'].length > 4) report('more than four stop texts')
  if (body['tools'] !== undefined && toList(body['tools']).length === 0)
    report('an empty tools list')
  for (const tool of toList(body['tools'])) checkOpenaiTool(toFields(tool), report)
  checkOpenaiMessages(toList(body['messages']).map(toFields), report)
}

function checkOpenaiTool(tool: Json, report: Report): void {
  const content = toFields(tool['type'] === 'custom' ? tool['custom'] : tool['function'])
  const name = toText(content['name'])
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) report(`the tool name "${name}" is not allowed`)
  const schema = content['parameters']
  if (schema !== undefined && toFields(schema)['type'] !== 'object')
    report(`the parameters of "${name}" are no object schema`)
}

function checkOpenaiMessages(messages: readonly Json[], report: Report): void {
  if (messages.length === 0) report('no messages')
  let awaited = new Set<string>()
  messages.forEach((message, position) => {
    const role = toText(message['role'])
    if (role === 'tool') {
      const id = toText(message['tool_call_id'])
      if (!awaited.delete(id))
        report(`message ${position} answers the call "${id}", which is not open`)
      const hasOtherParts = toList(message['content']).some(
        (part) => toFields(part)['type'] !== 'text',
      )
      if (hasOtherParts) report(`message ${position} has more than text in a tool result`)
      return
    }
    if (awaited.size > 0)
      report(`message ${position} comes before the calls ${[...awaited]} are answered`)
    awaited = new Set()
    if (!['system', 'developer', 'user', 'assistant'].includes(role))
      report(`message ${position} has the role "${role}"`)
    for (const part of toList(message['content'])) checkOpenaiPart(role, toFields(part), report)
    for (const call of toList(message['tool_calls']))
      checkOpenaiCall(toFields(call), awaited, report)
    const isEmpty = message['content'] === null || message['content'] === undefined
    if (isEmpty && !message['tool_calls'] && !message['refusal'] && !message['audio'])
      report(`message ${position} says nothing`)
  })
  if (awaited.size > 0) report(`the calls ${[...awaited]} are never answered`)
}

const openaiParts: { readonly [role: string]: readonly string[] } = {
  system: ['text'],
  developer: ['text'],
  user: ['text', 'image_url', 'input_audio', 'file'],
  assistant: ['text', 'refusal'],
}

function checkOpenaiPart(role: string, part: Json, report: Report): void {
  const type = toText(part['type'])
  if (!openaiParts[role]?.includes(type)) report(`a ${type} part in a ${role} message`)
  if (type === 'image_url' && !toText(toFields(part['image_url'])['url']))
    report('an image without url')
}

function checkOpenaiCall(call: Json, awaited: Set<string>, report: Report): void {
  const id = toText(call['id'])
  const content = toFields(call['type'] === 'custom' ? call['custom'] : call['function'])
  if (!id) report('a call without id')
  if (awaited.has(id)) report(`two calls have the id "${id}"`)
  awaited.add(id)
  if (!toText(content['name'])) report(`the call "${id}" has no name`)
  if (call['type'] === 'function' && parse(toText(content['arguments'])) === undefined)
    report(`the arguments of the call "${id}" are not JSON`)
}

const anthropicFields = new Set(
  `model messages max_tokens system temperature top_p top_k stop_sequences stream thinking output_config tools
  tool_choice metadata service_tier cache_control container inference_geo context_management mcp_servers
  fallbacks speed output_format`.split(/\s+/),
)

function checkAnthropic(body: Json, report: Report): void {
  for (const field of Object.keys(body)) {
    if (!anthropicFields.has(field)) report(`"${field}" is not a field of this dialect`)
  }
  if (!toText(body['model'])) report('no model')
  if (!Number.isInteger(body['max_tokens'])) report('no max_tokens')
  if (toNumber(body['temperature']) > 1) report('temperature over 1')
  const thinking = toFields(body['thinking'])
  const budget = toNumber(thinking['budget_tokens'])
  const isThinking = thinking['type'] === 'enabled' || thinking['type'] === 'adaptive'
  if (thinking['type'] === 'enabled' && !(budget >= 1024 && budget < toNumber(body['max_tokens'])))
    report(`a thinking budget of ${budget} under max_tokens ${body['max_tokens']}`)
  const choice = toText(toFields(body['tool_choice'])['type'])
  if (isThinking && (choice === 'any' || choice === 'tool')) report('a forced tool while thinking')
  if (isThinking && body['top_k'] !== undefined) report('top_k while thinking')
  if (isThinking && ![undefined, 1].includes(body['temperature'] as number | undefined))
    report('a temperature while thinking')
  if (body['tool_choice'] !== undefined && toList(body['tools']).length === 0)
    report('a tool_choice without tools')
  for (const tool of toList(body['tools'])) checkAnthropicTool(toFields(tool), report)
  const marks = JSON.stringify(body).match(/"cache_control":\{/g)?.length ?? 0
  if (marks > 4) report(`${marks} cache marks, at most 4 are taken`)
  for (const block of toList(body['system'])) checkText(toFields(block), report)
  checkAnthropicMessages(toList(body['messages']).map(toFields), report)
}

function checkAnthropicTool(tool: Json, report: Report): void {
  const name = toText(tool['name'])
  if (tool['type'] !== undefined && tool['type'] !== 'custom') return
  if (!/^[a-zA-Z0-9_-]{1,128}$/.test(name)) report(`the tool name "${name}" is not allowed`)
  if (toFields(tool['input_schema'])['type'] !== 'object')
    report(`the input_schema of "${name}" is no object schema`)
}

function checkAnthropicMessages(messages: readonly Json[], report: Report): void {
  if (messages.length === 0) report('no messages')
  if (messages[0] && messages[0]['role'] !== 'user') report('the first message is not the user’s')
  let awaited = new Set<string>()
  messages.forEach((message, position) => {
    const role = toText(message['role'])
    if (!['user', 'assistant', 'system'].includes(role))
      report(`message ${position} has the role "${role}"`)
    const blocks = toList(message['content']).map(toFields)
    if (typeof message['content'] !== 'string' && blocks.length === 0 && role !== 'assistant')
      report(`message ${position} says nothing`)
    if (message['content'] === '') report(`message ${position} has empty text`)
    if (role === 'user') checkResults(blocks, awaited, position, report)
    if (role === 'assistant') {
      if (awaited.size > 0) report(`message ${position} comes before ${[...awaited]} are answered`)
      awaited = new Set()
    }
    for (const block of blocks) checkBlock(role, block, awaited, report)
  })
  if (awaited.size > 0) report(`the calls ${[...awaited]} are never answered`)
}

/** Results come first, all of one turn's calls in one message. */
function checkResults(
  blocks: readonly Json[],
  awaited: Set<string>,
  position: number,
  report: Report,
): void {
  let isPastResults = false
  for (const block of blocks) {
    if (block['type'] !== 'tool_result') {
      isPastResults = true
      continue
    }
    const id = toText(block['tool_use_id'])
    if (isPastResults) report(`message ${position} has the result "${id}" after other content`)
    if (!awaited.delete(id))
      report(`message ${position} answers the call "${id}", which is not open`)
  }
  if (awaited.size > 0) report(`message ${position} leaves the calls ${[...awaited]} unanswered`)
  awaited.clear()
}

function checkBlock(role: string, block: Json, awaited: Set<string>, report: Report): void {
  const type = toText(block['type'])
  checkText(block, report)
  if (type === 'tool_use') {
    const id = toText(block['id'])
    if (!/^[a-zA-Z0-9_-]+$/.test(id)) report(`the id "${id}" is not allowed`)
    if (awaited.has(id)) report(`two calls have the id "${id}"`)
    awaited.add(id)
    if (role !== 'assistant') report(`a tool_use in a ${role} message`)
    if (
      typeof block['input'] !== 'object' ||
      block['input'] === null ||
      Array.isArray(block['input'])
    )
      report(`the input of the call "${id}" is no object`)
  }
  if (type === 'thinking' && !toText(block['signature'])) report('thinking without a signature')
  if ((type === 'thinking' || type === 'redacted_thinking') && block['cache_control'])
    report('a cache mark on thinking')
}

function checkText(block: Json, report: Report): void {
  if (block['type'] === 'text' && toText(block['text']).trim() === '') report('an empty text block')
}
