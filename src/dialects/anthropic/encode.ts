// A neutral request as a Messages request for one target, strictly by what the target takes.

import type { ChatRequest } from '../../core/chat.ts'
import type { EncodedRequest } from '../../core/dialect.ts'
import { carryExtensions } from '../../core/extensions.ts'
import { type JsonObject, omit, toJsonObject, withoutUndefined } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'
import type { Profile } from '../../core/profile.ts'
import { collapse } from './encode-blocks.ts'
import { planThinking, type ThinkingPlan } from './encode-reasoning.ts'
import { encodeSampling, encodeStop } from './encode-sampling.ts'
import { encodeToolChoice, encodeTools } from './encode-tools.ts'
import { encodeSystem, encodeTurns, isLoopWithoutThought } from './encode-turns.ts'
import { dialectId } from './names.ts'
import { createCacheMarks, type EncodeTools } from './wire.ts'

const maxCacheMarks = 4
/** The beta that lets `output_config.task_budget` pass. */
const taskBudgetBeta = 'task-budgets-2026-03-13'

/** Throws `unsupported` where the meaning cannot be kept: several answers, audio, a foreign tool that is forced. */
export function encodeRequest(
  request: ChatRequest,
  profile: Profile,
  losses: Losses,
): EncodedRequest {
  const encoding: EncodeTools = { profile, losses, marks: createCacheMarks(losses) }
  const own = carryExtensions(request.extensions, dialectId, losses)
  const tools = encodeTools(request, encoding)
  const system = encodeSystem(request.system, encoding)
  const messages = encodeTurns(request.turns, encoding)
  encoding.marks.trim(own['cache_control'] ? maxCacheMarks - 1 : maxCacheMarks)
  const isExclusive = profile.reasoning.isExclusive
  // Effort alone does not switch thinking on, see decodeReasoning.
  const isEffortAlone = own['thinking'] === null && request.reasoning !== undefined
  const plan = planThinking(
    isEffortAlone ? { ...request, reasoning: { ...request.reasoning, mode: 'off' } } : request,
    profile,
    losses,
    isExclusive && isLoopWithoutThought(messages),
  )
  const isThinkingExclusive = isExclusive && plan.isThinking
  const stop = encodeStop(request, profile, losses)
  const outputConfig = encodeOutputConfig(request, plan, own, profile, losses)
  const body = {
    model: request.model,
    max_tokens: plan.maxTokens,
    ...(system.length > 0 ? { system: collapse(system) } : {}),
    messages,
    ...(tools.length > 0 ? { tools } : {}),
    tool_choice: encodeToolChoice(request, tools.length > 0, isThinkingExclusive, losses),
    thinking: encodeThinking(request, plan, own, encoding),
    output_config: outputConfig,
    ...encodeSampling(request, profile, losses, isThinkingExclusive),
    ...(stop.length > 0 ? { stop_sequences: stop } : {}),
    metadata: encodeMetadata(request, own, losses),
    service_tier: encodeTier(request, losses),
    stream: request.stream ? true : undefined,
    ...omit(own, mergedKeys),
  }
  noteMeta(request, losses)
  return {
    body: withoutUndefined(body) as JsonObject,
    headers: outputConfig?.['task_budget'] ? { 'anthropic-beta': taskBudgetBeta } : {},
  }
}

/** Extensions that are merged into fields of the same name rather than written beside them. */
const mergedKeys = new Set(['thinking', 'output_config', 'metadata'])

/**
 * The client's own form of thinking where we have no word for all of it, unless the target thinks in
 * another form; its null means "not said".
 */
function encodeThinking(
  { reasoning }: ChatRequest,
  { thinking }: ThinkingPlan,
  own: JsonObject,
  { profile, losses }: EncodeTools,
): JsonObject | undefined {
  const said = own['thinking']
  if (said === undefined) return thinking
  if (said === null) return undefined
  const wanted = toJsonObject(said)
  const canThink = profile.reasoning.ask !== 'none'
  if (canThink && (!reasoning || thinking?.['type'] === wanted['type'])) return wanted
  losses.add('changed', 'thinking', 'The target does not think in the form that was asked for')
  return thinking
}

function encodeOutputConfig(
  request: ChatRequest,
  plan: ThinkingPlan,
  own: JsonObject,
  profile: Profile,
  losses: Losses,
): JsonObject | undefined {
  const rest = toJsonObject(own['output_config'])
  const isBudgetKnown = !profile.betas || profile.betas.includes(taskBudgetBeta)
  if (rest['task_budget'] && !isBudgetKnown)
    losses.add('dropped', 'task_budget', 'The target knows no task budgets')
  const config: JsonObject = {
    ...(isBudgetKnown ? rest : omit(rest, new Set(['task_budget']))),
    ...(plan.effort ? { effort: plan.effort } : {}),
    ...encodeFormat(request, profile, losses),
  }
  return Object.keys(config).length > 0 ? config : undefined
}

/** Adaptations see to targets without schemas; what still arrives here is lost, not refused. */
function encodeFormat(request: ChatRequest, profile: Profile, losses: Losses): JsonObject {
  const { output } = request
  if (!output || output.type === 'text') return {}
  if (output.type === 'schema' && profile.output.schema === 'native')
    return { format: { type: 'json_schema', schema: output.schema } }
  const what = output.type === 'schema' ? 'json_schema' : 'json_object'
  losses.add('dropped', what, 'The target cannot be held to a form of answer')
  return {}
}

const email = /[^\s@]+@[^\s@]+\.[^\s@]+/

/** The API refuses ids that tell who the user is. */
function encodeMetadata(
  request: ChatRequest,
  own: JsonObject,
  losses: Losses,
): JsonObject | undefined {
  const user = request.meta?.user
  const isPersonal = user !== undefined && email.test(user)
  if (isPersonal)
    losses.add('dropped', 'user', 'The target refuses user ids that are e-mail addresses')
  const metadata = {
    ...toJsonObject(own['metadata']),
    ...(user === undefined || isPersonal ? {} : { user_id: user }),
  }
  return Object.keys(metadata).length > 0 ? metadata : undefined
}

const tiers: { readonly [tier: string]: string | undefined } = {
  auto: 'auto',
  standard_only: 'standard_only',
  default: 'standard_only',
}

function encodeTier(request: ChatRequest, losses: Losses): string | undefined {
  const wanted = request.meta?.serviceTier
  if (wanted === undefined) return undefined
  const tier = tiers[wanted]
  if (!tier) losses.add('dropped', 'service_tier', `The target has no service tier "${wanted}"`)
  return tier
}

function noteMeta({ meta }: ChatRequest, losses: Losses): void {
  if (meta?.cacheKey !== undefined)
    losses.add('dropped', 'prompt_cache_key', 'The target caches by marks, not by key')
  if (meta?.verbosity !== undefined && meta.verbosity !== 'medium')
    losses.add('dropped', 'verbosity', 'The target has no field for verbosity')
}
