// What each generation of Claude models takes in the Anthropic dialect, wherever it is hosted.

import type { Profile, ProfilePatch } from '../core/profile.ts'

type Version = { readonly family: string; readonly number: number }

const newStyle = /claude-([a-z]+)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/
const oldStyle = /claude-(\d{1,2})(?:[-.](\d{1,2}))?-([a-z]+)/
const ancient = /claude-(?:instant|v?[12](?!\d))/

/** Models of an unknown name are new ones: old names no longer change. */
const unknown: Version = { family: 'unknown', number: 99 }

function toVersion(model: string): Version {
  const name = model.toLowerCase()
  const recent = newStyle.exec(name)
  if (recent) return { family: recent[1] ?? '', number: toNumber(recent[2], recent[3]) }
  const old = oldStyle.exec(name)
  if (old) return { family: old[3] ?? '', number: toNumber(old[1], old[2]) }
  return ancient.test(name) ? { family: 'ancient', number: 2 } : unknown
}

// 4.10 comes after 4.9, so a decimal fraction will not do.
const toNumber = (major = '0', minor = '0'): number => Number(major) + Number(minor) / 100

const version = (major: number, minor = 0): number => major + minor / 100

function toMaxOutputTokens({ family, number }: Version): number {
  if (number >= version(4, 6)) return 128_000
  if (number >= version(4)) return family === 'opus' && number < version(4, 5) ? 32_000 : 64_000
  if (number >= version(3, 7)) return 64_000
  return number >= version(3, 5) ? 8192 : 4096
}

/** Thinking can be turned off everywhere but in these. */
const alwaysThinks = ({ family, number }: Version): boolean =>
  (['fable', 'mythos'].includes(family) && number >= version(5)) ||
  (['opus', 'sonnet'].includes(family) && number >= version(5, 5))

const forcesNoTool = ({ family, number }: Version): boolean =>
  (['fable', 'mythos'].includes(family) && number >= version(5, 1)) ||
  (['opus', 'sonnet'].includes(family) && number >= version(5, 5))

const takesMidSystem = ({ family, number }: Version): boolean =>
  family === 'opus' ? number >= version(4, 8) : number >= version(5)

function toReasoning(model: Version): Partial<Profile['reasoning']> {
  const { number } = model
  if (number < version(3, 7)) return { ask: 'none', efforts: [] }
  if (number < version(4, 6)) return { ask: 'budget' }
  return {
    ask: 'adaptive',
    efforts: [
      ...(alwaysThinks(model) ? [] : (['none'] as const)),
      ...(['low', 'medium', 'high'] as const),
      ...(number > version(4, 6) ? (['xhigh'] as const) : []),
      'max',
    ],
  }
}

/**
 * The profile of a Claude model in the Anthropic dialect. Facts: Anthropic's model and migration
 * pages as of autumn 2026 (prefill ended with 4.6, budgets and sampling with Opus 4.7).
 */
export function claudeProfile(model: string): ProfilePatch {
  const parsed = toVersion(model)
  const { number } = parsed
  return {
    system: { placement: takesMidSystem(parsed) ? 'anywhere' : 'leading' },
    turns: { prefill: number < version(4, 6) },
    tools: {
      strict: number >= version(4, 1),
      ...(forcesNoTool(parsed) ? { choice: ['auto', 'none'] } : {}),
    },
    output: { schema: number >= version(4, 1) ? 'native' : 'tool' },
    reasoning: toReasoning(parsed),
    limits: { maxOutputTokens: toMaxOutputTokens(parsed) },
    ...(number > version(4, 6) ? { sampling: { refused: allSampling } } : {}),
  }
}

const allSampling = [
  'temperature',
  'topP',
  'topK',
  'minP',
  'seed',
  'frequencyPenalty',
  'presencePenalty',
  'repeatPenalty',
  'logitBias',
  'logprobs',
  'topLogprobs',
  'choices',
] as const
