// For models that know no tools: a request that offers some is refused, an old history that holds
// calls and results is told as text.

import type { AssistantPart, TextPart, ToolResultPart, Turn, UserPart } from '../core/chat.ts'
import { GatewayError } from '../core/error.ts'
import type { Losses } from '../core/loss.ts'
import { defineRewrite, mapList, without, withTurns } from './rewrite.ts'

export const toolSupport = defineRewrite('tool-support', (request, { profile, losses }) => {
  if (profile.tools.isSupported) return request
  const { tools, toolChoice, hasParallelTools } = request
  const isOffered = (tools ?? []).length > 0
  if (isOffered && toolChoice?.mode !== 'none') {
    throw new GatewayError(
      'unsupported',
      'The model cannot call tools; leave "tools" out or choose a model that can',
      { param: 'tools' },
    )
  }
  if (isOffered) losses.add('emulated', 'tool_choice', 'The model knows no tools: none are offered')
  const isAsked = tools !== undefined || toolChoice !== undefined || hasParallelTools !== undefined
  const bare = isAsked ? without(request, 'tools', 'toolChoice', 'hasParallelTools') : request
  return withTurns(
    bare,
    mapList(request.turns, (turn) => told(turn, losses)),
  )
})

function told(turn: Turn, losses: Losses): Turn {
  const isToolPart = ({ type }: { type: string }): boolean =>
    type === 'tool-call' || type === 'tool-result'
  if (!turn.parts.some(isToolPart)) return turn
  losses.add('changed', 'tool_calls', 'The model knows no tools: earlier calls are told as text')
  if (turn.role === 'assistant') return { ...turn, parts: turn.parts.map(toldCall) }
  if (turn.role === 'user') return { ...turn, parts: turn.parts.flatMap(toldResult) }
  return turn
}

const toText = (text: string): TextPart => ({ type: 'text', text })

const toldCall = (part: AssistantPart): AssistantPart =>
  part.type === 'tool-call' ? toText(`[Called tool "${part.name}" with: ${part.arguments}]`) : part

const toldResult = (part: UserPart): readonly UserPart[] =>
  part.type === 'tool-result' ? [toText(resultHead(part)), ...part.content] : [part]

const resultHead = ({ name, isError }: ToolResultPart): string =>
  `[${isError ? 'Error' : 'Result'} of ${name ? `tool "${name}"` : 'the tool'}:]`
