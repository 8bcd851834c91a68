// JSON answers for targets that cannot be held to a schema, or not even to JSON: by a tool whose
// arguments are the answer, by plain JSON mode, or by instruction.

import type { Adaptation, AdaptationContext, Adapted } from '../core/adaptation.ts'
import type { ChatRequest, Output, Tool, ToolChoice } from '../core/chat.ts'
import type { JsonObject } from '../core/json.ts'
import type { Profile } from '../core/profile.ts'
import { answerByTool } from './answer-by-tool.ts'
import { isThinkingExclusively, withInstruction, without } from './rewrite.ts'

type SchemaOutput = Output & { readonly type: 'schema' }
type Way = 'native' | 'tool' | 'json' | 'instruction'

export const structuredOutput: Adaptation = {
  name: 'structured-output',
  applies: (request, { profile }) => wayOf(request, profile) !== 'native',
  request: (request, context) => {
    const { output } = request
    const way = wayOf(request, context.profile)
    if (!output || way === 'native') return { request }
    tellLoss(output, way, context)
    if (way === 'tool' && output.type === 'schema') return byTool(request, output, context)
    const instructed = withInstruction(request, instruction(output))
    if (way === 'json') return { request: { ...instructed, output: { type: 'json' } } }
    return { request: without(instructed, 'output') }
  },
}

function wayOf({ output }: ChatRequest, { output: can, tools }: Profile): Way {
  if (!output || output.type === 'text') return 'native'
  if (output.type === 'json') return can.json
  if (can.schema === 'native') return 'native'
  if (can.schema === 'tool' && tools.isSupported) return 'tool'
  return can.schema === 'json' && can.json === 'native' ? 'json' : 'instruction'
}

const means = {
  tool: 'a tool whose arguments are the answer',
  json: 'plain JSON and an instruction',
  instruction: 'an instruction',
} as const

function tellLoss(
  { type }: Output,
  way: Exclude<Way, 'native'>,
  { losses }: AdaptationContext,
): void {
  const what = type === 'json' ? 'json_object' : 'json_schema'
  losses.add('emulated', what, `The model is asked for JSON by ${means[way]}`)
}

function instruction(output: Output): string {
  const bare =
    'Answer with one valid JSON value only: no other text before or after it, no Markdown fence.'
  if (output.type !== 'schema') return bare
  const about = output.description ? ` It is: ${output.description}.` : ''
  return `${bare}${about} It must match this JSON Schema:\n${JSON.stringify(output.schema)}`
}

function byTool(
  request: ChatRequest,
  output: SchemaOutput,
  { profile, losses }: AdaptationContext,
): Adapted {
  const bare: ChatRequest = without(request, 'output')
  const { tools = [], toolChoice } = request
  // A turn that must be a call has no text to be held to the schema.
  if (isForced(toolChoice)) return { request: bare }
  const name = freeName(tools)
  const isObject = isObjectSchema(output.schema)
  const isFree = isThinkingExclusively(request, profile)
  const choice = choose(tools, toolChoice, name, isFree)
  const adapted: ChatRequest = {
    ...bare,
    tools: [...tools, toTool(isObject ? output : wrapped(output), name)],
    toolChoice: choice,
    ...(choice.mode === 'one' && profile.tools.parallelSwitch ? { hasParallelTools: false } : {}),
  }
  return {
    request: isForced(choice)
      ? adapted
      : withInstruction(
          adapted,
          `Give your final answer by calling the tool "${name}", never as text.`,
        ),
    events: () => answerByTool(name, losses, isObject ? undefined : wrapper),
  }
}

/** Arguments are objects: an answer of another kind stands in one, under this name. */
const wrapper = 'answer'
const alternatives = ['anyOf', 'oneOf', 'allOf'] as const
const shared = ['$defs', 'definitions'] as const

const isObjectSchema = (schema: JsonObject): boolean =>
  (schema['type'] === undefined || schema['type'] === 'object') &&
  alternatives.every((key) => schema[key] === undefined)

/** The definitions stay at the top, where references look for them. */
function wrapped(output: SchemaOutput): SchemaOutput {
  const own = Object.entries(output.schema).filter(([key]) => !shared.some((name) => name === key))
  const definitions = shared
    .filter((key) => output.schema[key] !== undefined)
    .map((key) => [key, output.schema[key]] as const)
  const schema = {
    type: 'object',
    properties: { [wrapper]: Object.fromEntries(own) },
    required: [wrapper],
    additionalProperties: false,
    ...Object.fromEntries(definitions),
  }
  return { ...output, schema }
}

const isForced = (choice: ToolChoice | undefined): boolean =>
  choice?.mode === 'one' ||
  choice?.mode === 'required' ||
  (choice?.mode === 'allowed' && choice.isRequired)

/** With tools of the client's own, a call of any is an answer; while thinking, none may be forced. */
function choose(
  tools: readonly Tool[],
  choice: ToolChoice | undefined,
  name: string,
  isFree: boolean,
): ToolChoice {
  const isOnly = tools.length === 0 || choice?.mode === 'none'
  if (choice?.mode === 'allowed')
    return { ...choice, names: [...choice.names, name], isRequired: !isFree }
  if (isFree)
    return isOnly && tools.length > 0
      ? { mode: 'allowed', names: [name], isRequired: false }
      : { mode: 'auto' }
  return isOnly ? { mode: 'one', name } : { mode: 'required' }
}

function freeName(tools: readonly Tool[]): string {
  let name = 'structured_output'
  while (tools.some((tool) => tool.name === name)) name += '_'
  return name
}

function toTool({ schema, description, isStrict }: SchemaOutput, name: string): Tool {
  return {
    type: 'function',
    name,
    description: `Gives the final answer to the user.${description ? ` ${description}` : ''}`,
    schema,
    ...(isStrict === undefined ? {} : { isStrict }),
  }
}
