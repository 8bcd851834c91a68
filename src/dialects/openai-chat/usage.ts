// Token counts as this dialect tells them: the prompt with its cached part, the answer with its thought.

import { isJsonObject, type Json, type JsonObject, toJsonObject } from '../../core/json.ts'
import type { Profile } from '../../core/profile.ts'
import {
  derived,
  hasInput,
  hasOutput,
  inputTokens,
  outputTokens,
  reported,
  tokensIn,
  toUsage,
  type Usage,
} from '../../core/usage.ts'

const numberOf = (...values: readonly (Json | undefined)[]): number | undefined => {
  for (const value of values) {
    // Some servers write their counts as text.
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number === 'number' && Number.isFinite(number)) return Math.max(0, number)
  }
  return undefined
}

/** What is left of `whole` after `parts`, and whether anything was taken off it. */
const rest = (whole: number | undefined, ...parts: readonly (number | undefined)[]) => {
  if (whole === undefined) return undefined
  const taken = parts.reduce<number>((total, part) => total + (part ?? 0), 0)
  return taken === 0 ? reported(whole) : derived(Math.max(0, whole - taken))
}

const atMost = (value: number | undefined, limit: number | undefined): number | undefined =>
  value === undefined || limit === undefined ? value : Math.min(value, Math.max(0, limit))

type Details = { readonly prompt: JsonObject; readonly completion: JsonObject }

function decodeInput(usage: JsonObject, { prompt: details }: Details): Usage {
  const hit = numberOf(usage['prompt_cache_hit_tokens'])
  const miss = numberOf(usage['prompt_cache_miss_tokens'])
  const whole = numberOf(
    usage['prompt_tokens'],
    usage['input_tokens'],
    hit !== undefined && miss !== undefined ? hit + miss : undefined,
  )
  const cached = numberOf(
    details['cached_tokens'],
    hit,
    usage['cached_tokens'],
    usage['num_cached_tokens'],
    usage['cache_read_input_tokens'],
  )
  const written = numberOf(details['cache_write_tokens'], usage['cache_creation_input_tokens'])
  const read = atMost(cached, whole)
  const write = atMost(written, whole === undefined ? undefined : whole - (read ?? 0))
  const audio = atMost(
    numberOf(details['audio_tokens']),
    whole === undefined ? undefined : whole - (read ?? 0) - (write ?? 0),
  )
  return toUsage({
    input: rest(whole, read, write, audio),
    cacheRead: reported(read),
    cacheWrite5m: reported(write),
    audioInput: audio === 0 ? undefined : reported(audio),
  })
}

function decodeOutput(
  usage: JsonObject,
  { completion: details }: Details,
  profile: Profile,
): Usage {
  const whole = numberOf(usage['completion_tokens'], usage['output_tokens'])
  const prompt = numberOf(usage['prompt_tokens'], usage['input_tokens'])
  const total = numberOf(usage['total_tokens'])
  const told = numberOf(details['reasoning_tokens'], usage['reasoning_tokens'])
  // Some places count thought on top of the completion: then the total says so.
  const surplus =
    whole === undefined || prompt === undefined || total === undefined
      ? undefined
      : total - prompt - whole
  const isHidden =
    profile.outputExcludesReasoning === true && !told && surplus !== undefined && surplus > 0
  const isOnTop =
    told !== undefined &&
    told > 0 &&
    (surplus === undefined ? profile.outputExcludesReasoning === true : surplus >= told)
  const reasoning = isHidden ? surplus : isOnTop ? told : atMost(told, whole)
  const audio = atMost(
    numberOf(details['audio_tokens']),
    whole === undefined ? undefined : whole - (isOnTop || isHidden ? 0 : (reasoning ?? 0)),
  )
  return toUsage({
    output: rest(whole, isOnTop || isHidden ? 0 : reasoning, audio),
    reasoning: isHidden ? derived(reasoning) : reported(reasoning),
    audioOutput: audio === 0 ? undefined : reported(audio),
  })
}

/**
 * The counts in disjoint buckets; undefined when `usage` says nothing. A count of zero for both
 * sides is a placeholder some servers put in every chunk.
 */
export function decodeUsage(usage: Json | undefined, profile: Profile): Usage | undefined {
  if (!isJsonObject(usage)) return undefined
  const details = {
    prompt: toJsonObject(usage['prompt_tokens_details'] ?? usage['input_tokens_details']),
    completion: toJsonObject(usage['completion_tokens_details'] ?? usage['output_tokens_details']),
  }
  const decoded = { ...decodeInput(usage, details), ...decodeOutput(usage, details, profile) }
  return inputTokens(decoded) + outputTokens(decoded) === 0 ? undefined : decoded
}

/** The wire form; undefined when one of the two sides is unknown: zeros would be a lie. */
export function encodeUsage(usage: Usage | undefined): JsonObject | undefined {
  if (!usage || !hasInput(usage) || !hasOutput(usage)) return undefined
  const input = inputTokens(usage)
  const output = outputTokens(usage)
  const written = tokensIn(usage, 'cacheWrite5m') + tokensIn(usage, 'cacheWrite1h')
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      cached_tokens: tokensIn(usage, 'cacheRead'),
      ...(written > 0 ? { cache_write_tokens: written } : {}),
      ...(usage.audioInput ? { audio_tokens: usage.audioInput.tokens } : {}),
    },
    completion_tokens_details: {
      reasoning_tokens: tokensIn(usage, 'reasoning'),
      ...(usage.audioOutput ? { audio_tokens: usage.audioOutput.tokens } : {}),
    },
  }
}
