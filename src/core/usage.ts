// Tokens in disjoint buckets, each saying where its number comes from. Every dialect counts
// differently (some include cached tokens in the input, some do not); here no token is in two buckets.

export type Provenance = 'reported' | 'derived' | 'estimated'
export type Count = { readonly tokens: number; readonly from: Provenance }

/**
 * `input` is fresh text, `cacheRead` and the `cacheWrite`s are the rest of the prompt; `output` is
 * visible output, `reasoning` the hidden part. Whole input and whole output are sums.
 */
export type Bucket =
  | 'input'
  | 'cacheRead'
  | 'cacheWrite5m'
  | 'cacheWrite1h'
  | 'audioInput'
  | 'output'
  | 'reasoning'
  | 'audioOutput'

export type Usage = { readonly [B in Bucket]?: Count }

const inputBuckets = ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'audioInput'] as const
const outputBuckets = ['output', 'reasoning', 'audioOutput'] as const

/** A count the provider said itself. Undefined and negative numbers give no count. */
export const reported = (tokens: unknown): Count | undefined => toCount(tokens, 'reported')
/** A count computed from numbers the provider said. */
export const derived = (tokens: unknown): Count | undefined => toCount(tokens, 'derived')
/** A count nobody said: our own guess. */
export const estimated = (tokens: unknown): Count | undefined => toCount(tokens, 'estimated')

function toCount(tokens: unknown, from: Provenance): Count | undefined {
  if (typeof tokens !== 'number' || !Number.isFinite(tokens)) return undefined
  return { tokens: Math.max(0, Math.round(tokens)), from }
}

/** Usage from possibly missing counts: the missing ones are left out. */
export function toUsage(counts: { readonly [B in Bucket]?: Count | undefined }): Usage {
  const usage: { [B in Bucket]?: Count } = {}
  for (const key in counts) {
    const bucket = key as Bucket
    const count = counts[bucket]
    if (count) usage[bucket] = count
  }
  return usage
}

/** The later word wins, bucket by bucket: some dialects count at the start, some at the end. */
export const mergeUsage = (earlier: Usage | undefined, later: Usage): Usage =>
  earlier === undefined ? later : { ...earlier, ...later }

const sum = (usage: Usage, buckets: readonly Bucket[]): number =>
  buckets.reduce((total, bucket) => total + (usage[bucket]?.tokens ?? 0), 0)

/** Tokens of one bucket, 0 when unknown. */
export const tokensIn = (usage: Usage, bucket: Bucket): number => usage[bucket]?.tokens ?? 0
/** The whole prompt, cached parts included. */
export const inputTokens = (usage: Usage): number => sum(usage, inputBuckets)
/** The whole answer, reasoning included. */
export const outputTokens = (usage: Usage): number => sum(usage, outputBuckets)
/** True when at least one bucket of the prompt is known. */
export const hasInput = (usage: Usage): boolean => inputBuckets.some((bucket) => usage[bucket])
/** True when at least one bucket of the answer is known. */
export const hasOutput = (usage: Usage): boolean => outputBuckets.some((bucket) => usage[bucket])
