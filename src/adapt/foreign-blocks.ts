// Leaves out blocks and tools that only another dialect understands, so that what depends on the shape
// of the history (turns, tool results) sees what will really be sent.

import type { AdaptationContext } from '../core/adaptation.ts'
import type {
  ChatRequest,
  OpaquePart,
  Tool,
  ToolChoice,
  ToolResultPart,
  Turn,
} from '../core/chat.ts'
import { GatewayError } from '../core/error.ts'
import { defineRewrite, mapList, mapParts, without, withTurns } from './rewrite.ts'

export const foreignBlocks = defineRewrite('foreign-blocks', (request, context) =>
  withOwnTools(withTurns(request, withOwnParts(request.turns, context)), context),
)

function withOwnParts(
  turns: readonly Turn[],
  { target, losses }: AdaptationContext,
): readonly Turn[] {
  const isForeign = (part: { readonly type: string }): boolean => {
    if (part.type !== 'opaque') return false
    const { dialect, raw } = part as OpaquePart
    if (dialect === target.dialect) return false
    const what = typeof raw['type'] === 'string' ? raw['type'] : 'block'
    losses.add('dropped', what, `The target's dialect has no "${what}" blocks`)
    return true
  }
  return mapParts(turns, {
    assistant: (part) => (isForeign(part) ? undefined : part),
    user: (part) => {
      if (part.type === 'tool-result') return withOwnContent(part, isForeign)
      return isForeign(part) ? undefined : part
    },
  })
}

function withOwnContent(
  part: ToolResultPart,
  isForeign: (part: { readonly type: string }) => boolean,
): ToolResultPart {
  const content = mapList(part.content, (inner) => (isForeign(inner) ? undefined : inner))
  return content === part.content ? part : { ...part, content }
}

function withOwnTools(request: ChatRequest, { target, losses }: AdaptationContext): ChatRequest {
  const { tools = [], toolChoice } = request
  const isForeign = (tool: Tool): boolean =>
    tool.type === 'opaque' && tool.dialect !== target.dialect
  const foreign = new Set(tools.filter(isForeign).map(({ name }) => name))
  if (foreign.size === 0) return request
  const own = tools.filter((tool) => !isForeign(tool))
  for (const name of foreign)
    losses.add('dropped', `tools.${name}`, `Only another dialect knows the built-in tool "${name}"`)
  const choice = toolChoice && withoutNames(toolChoice, foreign, own)
  const rest = without(request, 'tools', 'toolChoice')
  return {
    ...rest,
    ...(own.length > 0 ? { tools: own } : {}),
    ...(choice && own.length > 0 ? { toolChoice: choice } : {}),
  }
}

function withoutNames(
  choice: ToolChoice,
  foreign: ReadonlySet<string>,
  own: readonly Tool[],
): ToolChoice {
  const isMissing = (name: string): boolean =>
    foreign.has(name) && !own.some((tool) => tool.name === name)
  if (choice.mode === 'one' && isMissing(choice.name)) throw unsupported(choice.name)
  if (choice.mode === 'required' && own.length === 0) throw unsupported([...foreign].join('", "'))
  if (choice.mode !== 'allowed') return choice
  const names = choice.names.filter((name) => !isMissing(name))
  if (names.length > 0) return { ...choice, names }
  if (choice.isRequired) throw unsupported(choice.names.join('", "'))
  return { mode: 'none' }
}

const unsupported = (names: string): GatewayError =>
  new GatewayError(
    'unsupported',
    `The request insists on the built-in tool "${names}", which this model's API does not have; offer a function of your own or choose another model`,
    { param: 'tool_choice' },
  )
