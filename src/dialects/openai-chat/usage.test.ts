// Counts as different places tell them.

import { expect, test } from 'vitest'
import type { JsonObject } from '../../core/json.ts'
import { profile } from './profile.ts'
import { decodeUsage } from './usage.ts'

const buckets = (usage: JsonObject, outputExcludesReasoning = false) =>
  Object.fromEntries(
    Object.entries(decodeUsage(usage, { ...profile, outputExcludesReasoning }) ?? {}).map(
      ([bucket, count]) => [bucket, count.tokens],
    ),
  )

test('cached, written and audio tokens are taken out of the prompt', () => {
  expect(
    buckets({
      prompt_tokens: 100,
      completion_tokens: 20,
      total_tokens: 120,
      prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10, audio_tokens: 5 },
      completion_tokens_details: { reasoning_tokens: 8, audio_tokens: 2 },
    }),
  ).toEqual({
    input: 25,
    cacheRead: 60,
    cacheWrite5m: 10,
    audioInput: 5,
    output: 10,
    reasoning: 8,
    audioOutput: 2,
  })
})

test.each<[JsonObject]>([
  [{ prompt_cache_hit_tokens: 60, prompt_cache_miss_tokens: 40 }],
  [{ prompt_tokens: 100, cached_tokens: 60 }],
  [{ prompt_tokens: 100, num_cached_tokens: 60 }],
  [{ prompt_tokens: 100, prompt_cache_hit_tokens: 60 }],
])('cached tokens are found in %j', (usage) => {
  expect(buckets({ ...usage, completion_tokens: 1 })).toEqual({
    input: 40,
    cacheRead: 60,
    output: 1,
  })
})

test('thought counted on top of the completion is seen by the total', () => {
  const usage = {
    prompt_tokens: 429,
    completion_tokens: 44,
    completion_tokens_details: { reasoning_tokens: 502 },
  }
  const expected = { input: 429, output: 44, reasoning: 502 }
  expect(buckets({ ...usage, total_tokens: 975 })).toEqual(expected)
  expect(buckets(usage, true)).toEqual(expected)
  expect(buckets({ prompt_tokens: 35, completion_tokens: 12, total_tokens: 109 }, true)).toEqual({
    input: 35,
    output: 12,
    reasoning: 62,
  })
  expect(
    buckets(
      { prompt_tokens: 35, completion_tokens: 12, total_tokens: 47, reasoning_tokens: 5 },
      true,
    ),
  ).toEqual({ input: 35, output: 7, reasoning: 5 })
})

test('no count is ever negative', () => {
  expect(
    buckets({
      prompt_tokens: 10,
      completion_tokens: 10,
      total_tokens: 20,
      prompt_tokens_details: { cached_tokens: 15 },
      completion_tokens_details: { reasoning_tokens: 11 },
    }),
  ).toEqual({ input: 0, cacheRead: 10, output: 0, reasoning: 10 })
})
