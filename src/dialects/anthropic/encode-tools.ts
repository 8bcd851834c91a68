// Tools and the choice among them for a target of this dialect.

import type { ChatRequest, Tool, ToolChoice } from '../../core/chat.ts'
import { GatewayError } from '../../core/error.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'
import { withoutAlternatives } from './flatten-schema.ts'
import { dialectId } from './names.ts'
import { carry, type EncodeTools, mapBlocks, type Wire } from './wire.ts'

/** The tools the target can take; throws `unsupported` when the client forces one it cannot. */
export function encodeTools(request: ChatRequest, tools: EncodeTools): readonly Wire[] {
  const choice = request.toolChoice
  const forced = choice?.mode === 'one' ? choice.name : undefined
  const allowed = (request.tools ?? []).filter((tool) => isAllowed(tool, choice, tools.losses))
  return mapBlocks(allowed, (tool) => encodeTool(tool, tool.name === forced, tools))
}

function isAllowed(tool: Tool, choice: ToolChoice | undefined, losses: Losses): boolean {
  if (choice?.mode !== 'allowed' || choice.names.includes(tool.name)) return true
  losses.add('emulated', 'allowed_tools', 'Only the allowed tools were sent')
  return false
}

function encodeTool(tool: Tool, isForced: boolean, tools: EncodeTools): Wire | undefined {
  const { losses, marks } = tools
  switch (tool.type) {
    case 'function':
      return marks.put(encodeFunction(tool, tools), tool)
    case 'custom':
      losses.add('emulated', 'custom tool', `The tool "${tool.name}" takes its text as "input"`)
      return {
        name: tool.name,
        ...(tool.description === undefined ? {} : { description: tool.description }),
        input_schema: {
          type: 'object',
          properties: { input: { type: 'string' } },
          required: ['input'],
        },
      }
    case 'opaque':
      return encodeOpaqueTool(tool, isForced, tools)
    default:
      return tool satisfies never
  }
}

function encodeFunction(tool: Tool & { type: 'function' }, { profile, losses }: EncodeTools): Wire {
  const { name, description, schema, isStrict } = tool
  if (isStrict && !profile.tools.strict)
    losses.add('dropped', 'strict', 'The target does not promise arguments that fit the schema')
  return {
    name,
    ...(description === undefined ? {} : { description }),
    input_schema: toObjectSchema(schema, name, losses),
    ...(isStrict !== undefined && profile.tools.strict ? { strict: isStrict } : {}),
    ...carry(tool, losses),
  }
}

/** The API refuses schemas that do not say "object", and alternatives at their top. */
function toObjectSchema(schema: JsonObject | undefined, name: string, losses: Losses): JsonObject {
  if (!schema || Object.keys(schema).length === 0) return { type: 'object', properties: {} }
  const single = withoutAlternatives(schema)
  if (single !== schema)
    losses.add(
      'changed',
      `tools.${name}`,
      'The target takes no alternatives at the top of a schema; they were made one',
    )
  return single['type'] === undefined ? { type: 'object', ...single } : single
}

function encodeOpaqueTool(
  tool: Tool & { type: 'opaque' },
  isForced: boolean,
  { losses, marks }: EncodeTools,
): Wire | undefined {
  if (tool.dialect === dialectId) return marks.put({ ...tool.raw }, tool)
  if (isForced)
    throw new GatewayError(
      'unsupported',
      `The tool "${tool.name}" must be used but the target does not have it; choose another model or leave tool_choice out`,
      { param: 'tool_choice' },
    )
  losses.add('dropped', `tools.${tool.name}`, `The target does not have the tool "${tool.name}"`)
  return undefined
}

/** `tool_choice`, undefined without tools: the API refuses a choice among none. */
export function encodeToolChoice(
  request: ChatRequest,
  hasTools: boolean,
  isThinkingExclusive: boolean,
  losses: Losses,
): JsonObject | undefined {
  const { toolChoice, hasParallelTools } = request
  if (!hasTools) return undefined
  if (!toolChoice && hasParallelTools !== false) return undefined
  let choice = toChoice(toolChoice)
  const isForcing = choice['type'] === 'any' || choice['type'] === 'tool'
  if (isForcing && isThinkingExclusive) {
    losses.add(
      'changed',
      'tool_choice',
      'While thinking, the target cannot be forced to use a tool',
    )
    choice = { type: 'auto' }
  }
  return hasParallelTools === false && choice['type'] !== 'none'
    ? { ...choice, disable_parallel_tool_use: true }
    : choice
}

function toChoice(choice: ToolChoice | undefined): JsonObject {
  switch (choice?.mode) {
    case undefined:
    case 'auto':
      return { type: 'auto' }
    case 'none':
      return { type: 'none' }
    case 'required':
      return { type: 'any' }
    case 'one':
      return { type: 'tool', name: choice.name }
    case 'allowed':
      return { type: choice.isRequired ? 'any' : 'auto' }
    default:
      return choice satisfies never
  }
}
