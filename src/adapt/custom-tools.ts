// Free-text tools for targets that know functions only: a function with one string, whose calls are
// turned back into free text while they stream.

import type { Adaptation } from '../core/adaptation.ts'
import type { AssistantPart, ChatRequest, Tool } from '../core/chat.ts'
import type { EventMap } from '../core/events.ts'
import type { JsonObject } from '../core/json.ts'
import { mapList, mapParts, withTurns } from './rewrite.ts'
import { createUnwrapper, type Unwrapper } from './unwrap-input.ts'

type CustomTool = Tool & { readonly type: 'custom' }

export const customTools: Adaptation = {
  name: 'custom-tools',
  applies: (request, { profile }) =>
    !profile.tools.custom && (hasCustomTool(request) || hasCustomCall(request)),
  request: (request, { profile, losses }) => {
    if (profile.tools.custom || !(hasCustomTool(request) || hasCustomCall(request)))
      return { request }
    losses.add(
      'emulated',
      'custom_tools',
      'The target has no free-text tools: they are functions with one string',
    )
    const { tools = [] } = request
    const functions = new Set(tools.filter((tool) => !isCustom(tool)).map(({ name }) => name))
    const names = new Set(
      tools.filter((tool) => isCustom(tool) && !functions.has(tool.name)).map(({ name }) => name),
    )
    const adapted = { request: withFunctions(request) }
    return names.size > 0 ? { ...adapted, events: () => undo(names) } : adapted
  },
}

const isCustom = (tool: Tool): tool is CustomTool => tool.type === 'custom'
const hasCustomTool = ({ tools = [] }: ChatRequest): boolean => tools.some(isCustom)
const isCustomCall = (part: AssistantPart): boolean =>
  part.type === 'tool-call' && part.kind === 'custom'
const hasCustomCall = ({ turns }: ChatRequest): boolean =>
  turns.some((turn) => turn.role === 'assistant' && turn.parts.some(isCustomCall))

function withFunctions(request: ChatRequest): ChatRequest {
  const turns = mapParts(request.turns, {
    assistant: (part) =>
      part.type === 'tool-call' && part.kind === 'custom'
        ? { ...part, kind: 'function', arguments: JSON.stringify({ input: part.arguments }) }
        : part,
  })
  const { tools } = request
  const whole = withTurns(request, turns)
  return tools ? { ...whole, tools: mapList(tools, toFunction) } : whole
}

function toFunction(tool: Tool): Tool {
  if (!isCustom(tool)) return tool
  const { name, description, format, extensions } = tool
  const lines = [description, describeFormat(format)].filter((line) => line !== undefined)
  return {
    type: 'function',
    name,
    ...(lines.length > 0 ? { description: lines.join('\n\n') } : {}),
    schema: {
      type: 'object',
      properties: { input: { type: 'string', description: 'The whole input as plain text' } },
      required: ['input'],
      additionalProperties: false,
    },
    ...(extensions ? { extensions } : {}),
  }
}

function describeFormat(format: JsonObject | undefined): string | undefined {
  if (format?.['type'] !== 'grammar') return undefined
  const { syntax, definition } = format
  const kind = typeof syntax === 'string' ? `${syntax} grammar` : 'grammar'
  return `The text in "input" must match this ${kind}:\n${String(definition ?? '')}`
}

function undo(names: ReadonlySet<string>): EventMap {
  const open = new Map<number, Unwrapper>()
  return (event, emit) => {
    if (event.type === 'part-start') {
      const { part, index } = event
      if (part.type !== 'tool-call' || !names.has(part.name)) return emit(event)
      open.set(index, createUnwrapper('input'))
      return emit({ ...event, part: { ...part, kind: 'custom' } })
    }
    if (event.type !== 'part-delta' && event.type !== 'part-end') return emit(event)
    const unwrapper = open.get(event.index)
    if (!unwrapper) return emit(event)
    const isEnd = event.type === 'part-end'
    const text = isEnd ? unwrapper.end() : unwrapper.push(event.arguments ?? '')
    if (text !== '') emit({ type: 'part-delta', index: event.index, arguments: text })
    if (!isEnd) return
    open.delete(event.index)
    emit(event)
  }
}
