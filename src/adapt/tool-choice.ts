// Which tools may or must be called, for targets that know fewer ways to say so; and the switches of
// tools that a target lacks.

import type { AdaptationContext } from '../core/adaptation.ts'
import type { ChatRequest, Tool, ToolChoice } from '../core/chat.ts'
import { GatewayError } from '../core/error.ts'
import type { Losses } from '../core/loss.ts'
import {
  defineRewrite,
  hasCalls,
  isThinkingExclusively,
  mapList,
  withInstruction,
  without,
} from './rewrite.ts'

export const toolChoice = defineRewrite('tool-choice', (request, context) =>
  withKnownSwitches(withKnownChoice(request, context), context),
)

type Known = { has(mode: ToolChoice['mode']): boolean; readonly isForceable: boolean }

function knownBy(request: ChatRequest, { profile }: AdaptationContext): Known {
  const isForceable = !isThinkingExclusively(request, profile)
  const forced: readonly string[] = ['one', 'required']
  return {
    has: (mode) => profile.tools.choice.includes(mode) && (isForceable || !forced.includes(mode)),
    isForceable,
  }
}

const isKnown = (choice: ToolChoice, known: Known): boolean =>
  known.has(choice.mode) && (known.isForceable || !(choice.mode === 'allowed' && choice.isRequired))

function isChoiceUnknown(request: ChatRequest, context: AdaptationContext): boolean {
  const { toolChoice: choice, tools = [] } = request
  if (!choice) return false
  return tools.length === 0 || !isKnown(choice, knownBy(request, context))
}

function withKnownChoice(request: ChatRequest, context: AdaptationContext): ChatRequest {
  const { toolChoice: choice } = request
  if (!choice || !isChoiceUnknown(request, context)) return request
  const { losses } = context
  if ((request.tools ?? []).length === 0) return withoutChoice(request, choice, losses)
  const known = knownBy(request, context)
  const why = known.isForceable
    ? `The target has no tool choice "${choice.mode}"`
    : 'The target forces no tool while the model thinks'
  if (choice.mode !== 'auto')
    losses.add('emulated', 'tool_choice', `${why}: it is asked for otherwise`)
  return settle(request, choice, known)
}

function withoutChoice(request: ChatRequest, choice: ToolChoice, losses: Losses): ChatRequest {
  if (choice.mode !== 'auto' && choice.mode !== 'none')
    losses.add('dropped', 'tool_choice', 'No tools were offered to choose from')
  return without(request, 'toolChoice')
}

/** The nearest request whose choice is known; `choice` stands for the request's own. */
function settle(request: ChatRequest, choice: ToolChoice, known: Known): ChatRequest {
  if (isKnown(choice, known)) return { ...request, toolChoice: choice }
  const bare: ChatRequest = without(request, 'toolChoice')
  switch (choice.mode) {
    case 'auto':
      return bare
    case 'none':
      // Targets refuse calls in the history when the tools they are of are not offered.
      return hasCalls(request.turns)
        ? withInstruction(
            settle(bare, { mode: 'auto' }, known),
            'Do not call any tool now: answer in text.',
          )
        : without(bare, 'tools', 'hasParallelTools')
    case 'required':
      return withInstruction(
        settle(bare, { mode: 'auto' }, known),
        'You must call at least one of the tools now.',
      )
    case 'one':
      return known.has('required')
        ? settle(withOnly(bare, [choice.name]), { mode: 'required' }, known)
        : withInstruction(
            settle(withOnly(bare, [choice.name]), { mode: 'auto' }, known),
            `You must call the tool "${choice.name}" now.`,
          )
    case 'allowed': {
      const mode = choice.isRequired ? 'required' : 'auto'
      return settle(withOnly(bare, choice.names), { mode }, known)
    }
    default:
      return choice satisfies never
  }
}

function withOnly(request: ChatRequest, names: readonly string[]): ChatRequest {
  const tools = (request.tools ?? []).filter(({ name }) => names.includes(name))
  if (tools.length > 0) return { ...request, tools }
  throw new GatewayError(
    'bad-request',
    `The tool choice names "${names.join('", "')}", which is not among the tools; name one that is`,
    { param: 'tool_choice' },
  )
}

function withKnownSwitches(
  request: ChatRequest,
  { profile, losses }: AdaptationContext,
): ChatRequest {
  const { parallelSwitch, strict } = profile.tools
  const { tools, hasParallelTools } = request
  const isNeeded = parallelSwitch && (tools ?? []).length > 0
  let settled = request
  if (hasParallelTools !== undefined && !isNeeded) {
    if (!hasParallelTools && (tools ?? []).length > 0)
      losses.add('dropped', 'parallel_tool_calls', 'The target may call several tools at once')
    settled = without(settled, 'hasParallelTools')
  }
  if (strict || !tools) return settled
  const loose = mapList(tools, (tool) => withoutStrict(tool, losses))
  return loose === tools ? settled : { ...settled, tools: loose }
}

function withoutStrict(tool: Tool, losses: Losses): Tool {
  if (tool.type !== 'function' || tool.isStrict === undefined) return tool
  const { isStrict, ...rest } = tool
  if (isStrict) losses.add('dropped', 'strict', 'The target does not hold arguments to the schema')
  return rest
}
