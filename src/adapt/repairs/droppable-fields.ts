// Fields a request can do without, by the names upstreams call them.

import type { ChatRequest, Extensions, Sampling } from '../../core/chat.ts'
import { mapList, mapParts, without, withTurns } from '../rewrite.ts'
import { samplingNames } from '../sampling.ts'

/** The request without the field; the same request when it has none. */
export type Drop = (request: ChatRequest) => ChatRequest

const sampling =
  (field: keyof Sampling): Drop =>
  (request) => {
    if (request.sampling?.[field] === undefined) return request
    const rest = without(request.sampling, field)
    if (Object.keys(rest).length === 0) return without(request, 'sampling')
    return { ...request, sampling: rest }
  }

const limit =
  (field: 'maxOutputTokens' | 'stop'): Drop =>
  (request) => {
    if (request.limits?.[field] === undefined) return request
    const rest = without(request.limits, field)
    return Object.keys(rest).length === 0
      ? without(request, 'limits')
      : { ...request, limits: rest }
  }

const meta =
  (field: keyof NonNullable<ChatRequest['meta']>): Drop =>
  (request) =>
    request.meta?.[field] === undefined
      ? request
      : { ...request, meta: without(request.meta, field) }

const reasoning: Drop = (request) => (request.reasoning ? without(request, 'reasoning') : request)

const reasoningField =
  (field: 'effort' | 'budgetTokens'): Drop =>
  (request) =>
    request.reasoning?.[field] === undefined
      ? request
      : { ...request, reasoning: without(request.reasoning, field) }

const parallelTools: Drop = (request) =>
  request.hasParallelTools === undefined ? request : without(request, 'hasParallelTools')

/** "No tool at all" is never given up: the model would call one against the client's word. */
const toolChoice: Drop = (request) =>
  request.toolChoice === undefined || request.toolChoice.mode === 'none'
    ? request
    : without(request, 'toolChoice')

const strict: Drop = (request) => {
  if (!request.tools) return request
  const tools = mapList(request.tools, (tool) => {
    if (tool.type !== 'function' || tool.isStrict === undefined) return tool
    const { isStrict: _isStrict, ...rest } = tool
    return rest
  })
  return tools === request.tools ? request : { ...request, tools }
}

type Marked = { readonly cache?: unknown; readonly extensions?: Extensions }

/** Every part and tool mapped alike. */
function mapMarked(request: ChatRequest, map: <M extends Marked>(marked: M) => M): ChatRequest {
  const turns = mapParts(request.turns, {
    user: (part) => {
      if (part.type !== 'tool-result') return map(part)
      const content = mapList(part.content, (inner) => map(inner))
      return map(content === part.content ? part : { ...part, content })
    },
    assistant: (part) => map(part),
    system: (part) => map(part),
  })
  const system = mapList(request.system, (part) => map(part))
  const tools = request.tools && mapList(request.tools, (tool) => map(tool))
  const isSame = system === request.system && tools === request.tools
  const whole = isSame ? request : { ...request, system, ...(tools ? { tools } : {}) }
  return withTurns(whole, turns)
}

const cacheMarks: Drop = (request) =>
  mapMarked(request, (marked) => {
    if (!marked.cache) return marked
    const { cache: _cache, ...rest } = marked
    return rest as typeof marked
  })

const cacheTimes: Drop = (request) =>
  mapMarked(request, (marked) => {
    const { cache } = marked
    if (typeof cache !== 'object' || cache === null || !('ttl' in cache)) return marked
    return { ...marked, cache: {} }
  })

const samplingDrops = Object.fromEntries(
  Object.entries(samplingNames).flatMap(([field, name]) => {
    // Fewer answers than asked for would be another request.
    if (field === 'choices') return []
    const drop = sampling(field as keyof Sampling)
    return [field, name].map((spelling) => [spelling, drop])
  }),
)

/** By every name upstreams are known to use. */
const known: { readonly [name: string]: Drop } = {
  ...samplingDrops,
  random_seed: sampling('seed'),
  repetition_penalty: sampling('repeatPenalty'),
  max_tokens: limit('maxOutputTokens'),
  max_completion_tokens: limit('maxOutputTokens'),
  max_output_tokens: limit('maxOutputTokens'),
  stop: limit('stop'),
  stop_sequences: limit('stop'),
  reasoning_effort: reasoning,
  reasoning,
  thinking: reasoning,
  enable_thinking: reasoning,
  effort: reasoningField('effort'),
  budget_tokens: reasoningField('budgetTokens'),
  thinking_budget: reasoningField('budgetTokens'),
  parallel_tool_calls: parallelTools,
  disable_parallel_tool_use: parallelTools,
  tool_choice: toolChoice,
  strict,
  user: meta('user'),
  safety_identifier: meta('user'),
  service_tier: meta('serviceTier'),
  prompt_cache_key: meta('cacheKey'),
  verbosity: meta('verbosity'),
  cache_control: cacheMarks,
  ttl: cacheTimes,
}

/** What of `request` could be left out, by name: neutral fields and all that only a dialect knows. */
export function droppableFields(request: ChatRequest): ReadonlyMap<string, Drop> {
  const drops = new Map(Object.entries(known).filter(([, drop]) => drop(request) !== request))
  for (const name of extensionNames(request))
    if (!drops.has(name)) drops.set(name, (from) => withoutExtension(from, name))
  return drops
}

function extensionNames(request: ChatRequest): ReadonlySet<string> {
  const names = new Set<string>(Object.keys(request.extensions?.fields ?? {}))
  mapMarked(request, (marked) => {
    for (const name of Object.keys(marked.extensions?.fields ?? {})) names.add(name)
    return marked
  })
  return names
}

function withoutExtension(request: ChatRequest, name: string): ChatRequest {
  const strip = <M extends Marked>(marked: M): M => {
    const { extensions } = marked
    if (!extensions || !(name in extensions.fields)) return marked
    const { [name]: _dropped, ...fields } = extensions.fields
    return { ...marked, extensions: { ...extensions, fields } }
  }
  return mapMarked(strip(request), strip)
}
