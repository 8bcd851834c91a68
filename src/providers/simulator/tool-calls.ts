// Which of the offered tools the simulator calls, and with what.

import type { ChatRequest, Tool, ToolCallPart } from '../../core/chat.ts'
import { GatewayError } from '../../core/error.ts'
import { patternText } from './pattern-text.ts'
import { schemaValue } from './schema-value.ts'
import { lastToolResults, lastUserText } from './texts.ts'

export type PlannedCall = Pick<ToolCallPart, 'type' | 'name' | 'arguments' | 'kind'>
type CallableTool = Exclude<Tool, { type: 'opaque' }>

/**
 * The calls of this turn; none when there is nothing to call, calls are not wanted, or results have
 * come that want an answer. Tools the user names come first; `parallel` is how many are called.
 */
export function planCalls(
  request: ChatRequest,
  parallel: number | undefined,
): readonly PlannedCall[] {
  const { toolChoice, hasParallelTools } = request
  const isForced =
    toolChoice?.mode === 'required' ||
    toolChoice?.mode === 'one' ||
    (toolChoice?.mode === 'allowed' && toolChoice.isRequired)
  if (toolChoice?.mode === 'none') return []
  if (!isForced && lastToolResults(request).length > 0) return []
  const tools = callableTools(request)
  if (isForced && tools.length === 0) throw noTool(request)
  const text = lastUserText(request) ?? ''
  const named = tools.filter(({ name }) => text.includes(name))
  const ordered = [...named, ...tools.filter((tool) => !named.includes(tool))]
  const wanted = parallel ?? (/\bboth\b/i.test(text) ? 2 : 1)
  const count = ordered.length === 0 ? 0 : hasParallelTools === false ? 1 : wanted
  return Array.from({ length: count }, (_, at) => ordered[at % ordered.length])
    .filter((tool) => tool !== undefined)
    .map((tool) => toCall(tool, text))
}

function callableTools({ tools = [], toolChoice }: ChatRequest): readonly CallableTool[] {
  const callable = tools.filter((tool) => tool.type !== 'opaque')
  if (toolChoice?.mode === 'one') return callable.filter(({ name }) => name === toolChoice.name)
  if (toolChoice?.mode === 'allowed')
    return callable.filter(({ name }) => toolChoice.names.includes(name))
  return callable
}

function noTool({ toolChoice }: ChatRequest): GatewayError {
  const which = toolChoice?.mode === 'one' ? `the tool "${toolChoice.name}"` : 'a tool'
  return new GatewayError(
    'rejected',
    `The tool choice asks for ${which}, but the request offers none to call; add it to the tools`,
    { param: 'tool_choice', provider: 'sim' },
  )
}

function toCall(tool: CallableTool, text: string): PlannedCall {
  const { name } = tool
  if (tool.type === 'custom')
    return { type: 'tool-call', kind: 'custom', name, arguments: customInput(tool.format, text) }
  // Arguments are always an object, even where the schema does not say so.
  const value = schemaValue({ type: 'object', ...tool.schema }, 'required')
  return { type: 'tool-call', kind: 'function', name, arguments: JSON.stringify(value) }
}

function customInput(format: CustomFormat, text: string): string {
  const { syntax, definition } = format ?? {}
  const matching =
    syntax === 'regex' && typeof definition === 'string'
      ? patternText(definition, { repeats: 1, variant: 0, maxLength: 64 * 1024 })
      : undefined
  return matching ?? (text === '' ? 'example' : text)
}

type CustomFormat = Extract<CallableTool, { type: 'custom' }>['format']
