// Token counts of the Messages API: `input_tokens` leaves out what was cached, `output_tokens`
// includes thought, and counts come at the start and again, cumulative, at the end.

import { isJsonObject, type Json, type JsonObject, omit, toJsonObject } from '../../core/json.ts'
import {
  type Bucket,
  type Count,
  derived,
  estimated,
  hasInput,
  hasOutput,
  mergeUsage,
  outputTokens,
  reported,
  tokensIn,
  toUsage,
  type Usage,
} from '../../core/usage.ts'

const countKeys = new Set([
  'input_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cache_creation',
  'output_tokens',
  'output_tokens_details',
])

export type UsageReader = {
  /** The counts of a `usage` object; undefined when it says nothing new. */
  read(usage: Json | undefined): Usage | undefined
  /** The same at the start of a stream, whose output count is not yet true. */
  readStart(usage: Json | undefined): Usage | undefined
  /** What the start said of the output, when nothing said better since. */
  leftover(): Usage | undefined
}

/** What a `usage` object says beside counts, e.g. the service tier; null values left out. */
export function usageExtras(usage: Json | undefined): JsonObject {
  const extras = omit(toJsonObject(usage), countKeys)
  return Object.fromEntries(Object.entries(extras).filter(([, value]) => value !== null))
}

export function createUsageReader(): UsageReader {
  let known: Usage = {}
  let thinking: Count | undefined
  let startOutput: Count | undefined

  const readInput = (usage: JsonObject): Usage => {
    const counts = toUsage({
      input: reported(usage['input_tokens']),
      cacheRead: reported(usage['cache_read_input_tokens']),
      ...readWrites(usage, known),
    })
    // Some servers tell the input once and zeros afterwards.
    const isNothing = Object.values(counts).every((count) => count?.tokens === 0)
    return isNothing && hasInput(known) ? {} : counts
  }

  const readOutput = (usage: JsonObject): Usage => {
    const total = reported(usage['output_tokens'])
    if (!total) return {}
    thinking = reported(toJsonObject(usage['output_tokens_details'])['thinking_tokens']) ?? thinking
    if (!thinking) return { output: total }
    const visible = thinking.tokens === 0 ? total : derived(total.tokens - thinking.tokens)
    return toUsage({ output: visible, reasoning: thinking })
  }

  const merge = (counts: Usage): Usage | undefined => {
    if (Object.keys(counts).length === 0) return undefined
    known = mergeUsage(known, counts)
    return counts
  }

  return {
    read: (usage) =>
      isJsonObject(usage) ? merge({ ...readInput(usage), ...readOutput(usage) }) : undefined,
    readStart: (usage) => {
      if (!isJsonObject(usage)) return undefined
      startOutput = reported(usage['output_tokens'])
      return merge(readInput(usage))
    },
    leftover: () => (startOutput && !hasOutput(known) ? { output: startOutput } : undefined),
  }
}

/** Cache writes by lifetime. Later counts come without the split: then what is known of it holds. */
function readWrites(
  usage: JsonObject,
  known: Usage,
): { readonly [B in 'cacheWrite5m' | 'cacheWrite1h']?: Count | undefined } {
  const total = reported(usage['cache_creation_input_tokens'])
  const split = toJsonObject(usage['cache_creation'])
  const short = reported(split['ephemeral_5m_input_tokens'])
  const long = reported(split['ephemeral_1h_input_tokens'])
  const splitSum = (short?.tokens ?? 0) + (long?.tokens ?? 0)
  if ((short || long) && (!total || splitSum === total.tokens))
    return { cacheWrite5m: short, cacheWrite1h: long }
  if (!total) return {}
  const knownLong = tokensIn(known, 'cacheWrite1h')
  if (knownLong === 0) return { cacheWrite5m: total }
  const kept = Math.min(knownLong, total.tokens)
  return { cacheWrite5m: derived(total.tokens - kept), cacheWrite1h: derived(kept) }
}

const inputCounts = (usage: Usage): JsonObject => ({
  input_tokens: tokensIn(usage, 'input') + tokensIn(usage, 'audioInput'),
  cache_creation_input_tokens: tokensIn(usage, 'cacheWrite5m') + tokensIn(usage, 'cacheWrite1h'),
  cache_read_input_tokens: tokensIn(usage, 'cacheRead'),
})

/** A whole `usage` object. */
export const encodeUsage = (usage: Usage, extras: JsonObject): JsonObject => ({
  ...inputCounts(usage),
  cache_creation: {
    ephemeral_5m_input_tokens: tokensIn(usage, 'cacheWrite5m'),
    ephemeral_1h_input_tokens: tokensIn(usage, 'cacheWrite1h'),
  },
  output_tokens: outputTokens(usage),
  ...(usage.reasoning
    ? { output_tokens_details: { thinking_tokens: usage.reasoning.tokens } }
    : {}),
  ...extras,
})

/** `usage` with estimates for what nobody reported: clients of this dialect need every number. */
export function completeUsage(
  usage: Usage | undefined,
  estimateInput: () => number,
  estimateOutput: () => number,
): Usage {
  const known = usage ?? {}
  return mergeUsage(
    toUsage({
      ...(hasInput(known) ? {} : { input: estimated(estimateInput()) }),
      ...(hasOutput(known) ? {} : { output: estimated(Math.ceil(estimateOutput())) }),
    }),
    known,
  )
}

const isEstimated = (usage: Usage, buckets: readonly Bucket[]): boolean =>
  buckets.some((bucket) => usage[bucket]?.from === 'estimated')

/** The shown fields whose numbers are guesses. */
export const estimatedFields = (usage: Usage): readonly string[] => [
  ...(isEstimated(usage, ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'audioInput'])
    ? ['input_tokens']
    : []),
  ...(isEstimated(usage, ['output', 'reasoning', 'audioOutput']) ? ['output_tokens'] : []),
]
