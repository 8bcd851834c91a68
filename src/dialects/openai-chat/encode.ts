// A neutral request as a target's body. Written strictly: only words the target's profile knows.

import type { ChatRequest, Output, Sampling, Tool, ToolChoice } from '../../core/chat.ts'
import type { EncodedRequest } from '../../core/dialect.ts'
import { carryExtensions } from '../../core/extensions.ts'
import { isJsonObject, type JsonObject, withoutUndefined } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'
import type { Profile } from '../../core/profile.ts'
import { encodeMessages } from './encode-messages.ts'
import { encodeReasoning } from './encode-reasoning.ts'
import { dialectId, mergeFields } from './names.ts'

/** Names some clients make are longer than this dialect's places take. */
const maxUserLength = 64

function encodeFormat(format: JsonObject | undefined): JsonObject | undefined {
  if (format?.['type'] !== 'grammar' || isJsonObject(format['grammar'])) return format
  const { type, ...grammar } = format
  return { type, grammar }
}

/** What makes up an object schema without properties of its own. */
const combinators = ['$ref', 'anyOf', 'oneOf', 'allOf'] as const

/** The API refuses parameters that do not say "object", and objects that name no properties. */
function toObjectSchema(schema: JsonObject): JsonObject {
  const typed = schema['type'] === undefined ? { type: 'object', ...schema } : schema
  const isBare =
    typed['type'] === 'object' &&
    typed['properties'] === undefined &&
    combinators.every((key) => typed[key] === undefined)
  return isBare ? { ...typed, properties: {} } : typed
}

function encodeTool(tool: Tool, losses: Losses): JsonObject | undefined {
  if (tool.type !== 'custom' && tool.cache)
    losses.add('dropped', 'cache_control', 'This dialect caches by itself, without marks')
  switch (tool.type) {
    case 'function': {
      const { name, description, schema, isStrict } = tool
      const parameters = schema && toObjectSchema(schema)
      const inner = withoutUndefined({ name, description, parameters, strict: isStrict })
      const carried = carryExtensions(tool.extensions, dialectId, losses, 'tools.')
      return mergeFields(carried, { type: 'function', function: inner })
    }
    case 'custom': {
      const { name, description } = tool
      const inner = withoutUndefined({ name, description, format: encodeFormat(tool.format) })
      const carried = carryExtensions(tool.extensions, dialectId, losses, 'tools.')
      return mergeFields(carried, { type: 'custom', custom: inner })
    }
    case 'opaque':
      if (tool.dialect === dialectId) return tool.raw
      losses.add('dropped', `tool ${tool.name}`, `The target's dialect has no tool "${tool.name}"`)
      return undefined
    default:
      return tool satisfies never
  }
}

const named = (name: string, tools: readonly Tool[]): JsonObject => {
  const isCustom = tools.some((tool) => tool.type === 'custom' && tool.name === name)
  return isCustom ? { type: 'custom', custom: { name } } : { type: 'function', function: { name } }
}

function encodeChoice(choice: ToolChoice, tools: readonly Tool[]): JsonObject[string] {
  switch (choice.mode) {
    case 'one':
      return named(choice.name, tools)
    case 'allowed':
      return {
        type: 'allowed_tools',
        allowed_tools: {
          mode: choice.isRequired ? 'required' : 'auto',
          tools: choice.names.map((name) => named(name, tools)),
        },
      }
    default:
      return choice.mode
  }
}

function encodeTools(request: ChatRequest, profile: Profile, losses: Losses): JsonObject {
  const { tools = [], toolChoice, hasParallelTools } = request
  const written = tools.map((tool) => encodeTool(tool, losses)).filter((tool) => tool !== undefined)
  if (written.length === 0) {
    if (toolChoice?.mode === 'one' || toolChoice?.mode === 'required')
      losses.add('dropped', 'tool_choice', 'There is no tool left to choose')
    return {}
  }
  const hasSwitch = hasParallelTools !== undefined && profile.tools.parallelSwitch
  if (hasParallelTools === false && !hasSwitch)
    losses.add(
      'dropped',
      'parallel_tool_calls',
      'The target cannot be told to make one call at a time',
    )
  return {
    tools: written,
    ...(toolChoice ? { tool_choice: encodeChoice(toolChoice, tools) } : {}),
    ...(hasSwitch ? { parallel_tool_calls: hasParallelTools } : {}),
  }
}

function encodeOutput(output: Output | undefined): JsonObject {
  switch (output?.type) {
    case undefined:
      return {}
    case 'text':
      return { response_format: { type: 'text' } }
    case 'json':
      return { response_format: { type: 'json_object' } }
    case 'schema': {
      const { name = 'response', description, schema, isStrict } = output
      const inner = withoutUndefined({ name, description, schema, strict: isStrict })
      return { response_format: { type: 'json_schema', json_schema: inner } }
    }
    default:
      return output satisfies never
  }
}

/** Words the dialect's own list lacks: only some of its servers take them. */
const foreignSampling = [
  ['topK', 'top_k'],
  ['minP', 'min_p'],
  ['repeatPenalty', 'repeat_penalty'],
] as const

function encodeSampling(
  sampling: Sampling | undefined,
  profile: Profile,
  losses: Losses,
): JsonObject {
  if (!sampling) return {}
  const foreign: Record<string, number> = {}
  for (const [key, field] of foreignSampling) {
    const value = sampling[key]
    if (value === undefined) continue
    if (profile.sampling.refused.includes(key))
      losses.add('dropped', field, `The target does not take "${field}"`)
    else foreign[field] = value
  }
  return withoutUndefined({
    temperature: sampling.temperature,
    top_p: sampling.topP,
    seed: sampling.seed,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    logit_bias: sampling.logitBias,
    logprobs: sampling.logprobs,
    top_logprobs: sampling.topLogprobs,
    n: sampling.choices,
    ...foreign,
  })
}

function encodeMeta(meta: ChatRequest['meta'], losses: Losses): JsonObject {
  const { user, serviceTier, cacheKey, verbosity } = meta ?? {}
  if (user !== undefined && user.length > maxUserLength)
    losses.add('changed', 'user', `The name of the user was cut to ${maxUserLength} characters`)
  return withoutUndefined({
    user: user?.slice(0, maxUserLength),
    // The plain tier has this name here; the longer one is unknown.
    service_tier: serviceTier === 'standard_only' ? 'default' : serviceTier,
    prompt_cache_key: cacheKey,
    verbosity,
  })
}

function encodeLimits({ limits }: ChatRequest, profile: Profile, losses: Losses): JsonObject {
  const { maxOutputTokens: wanted, stop } = limits ?? {}
  const field = profile.limits.maxOutputField ?? 'max_tokens'
  if (wanted === 0)
    losses.add(
      'changed',
      'max_tokens',
      'The target cannot be asked for nothing, to warm its cache; it was asked for one token',
    )
  const maxOutputTokens = wanted === 0 ? 1 : wanted
  return {
    ...(maxOutputTokens === undefined ? {} : { [field]: maxOutputTokens }),
    ...(stop && stop.length > 0 ? { stop } : {}),
  }
}

/** The body for a target with this profile; whatever it cannot say is told to `losses`. */
export function encodeRequest(
  request: ChatRequest,
  profile: Profile,
  losses: Losses,
): EncodedRequest {
  const asksUsage = request.stream && profile.streamUsage === 'asked'
  const written: JsonObject = {
    model: request.model,
    messages: encodeMessages(request, profile, losses),
    ...(request.stream ? { stream: true } : {}),
    ...(asksUsage ? { stream_options: { include_usage: true } } : {}),
    ...encodeLimits(request, profile, losses),
    ...encodeSampling(request.sampling, profile, losses),
    ...encodeTools(request, profile, losses),
    ...encodeOutput(request.output),
    ...encodeReasoning(request, profile, losses),
    ...encodeMeta(request.meta, losses),
  }
  const carried = carryExtensions(request.extensions, dialectId, losses)
  const { stream_options: options, ...rest } = carried
  const mayCarryOptions = request.stream && isJsonObject(options)
  return {
    body: mergeFields(mayCarryOptions ? { ...rest, stream_options: options } : rest, written),
    headers: {},
  }
}
