// What one model at one place can do in the dialect it is asked in: data, not code. The adaptations
// read it to make good what a target lacks; the dialects read it to choose between spellings.

import type { Effort } from './chat.ts'

export type Profile = {
  /**
   * `always`: takes whatever its dialect can say, so a client of that dialect is forwarded byte for
   * byte. `checked`: forwarded so only when no adaptation applies.
   */
  readonly passThrough: 'always' | 'checked'
  /** Whether the place streams: `always` = only streams, `never` = only whole answers. */
  readonly streaming: 'both' | 'always' | 'never'
  /** When usage comes in a stream: unasked, or only when the dialect's switch is set. */
  readonly streamUsage: 'unasked' | 'asked' | 'never'
  readonly system: {
    /** `anywhere`, only before the first turn, or only one and there. */
    readonly placement: 'anywhere' | 'leading' | 'single'
    /** Whether the newer role name `developer` is understood. */
    readonly developer: boolean
  }
  readonly turns: {
    /** User and assistant must alternate. */
    readonly mustAlternate: boolean
    /** A last assistant turn is continued. */
    readonly prefill: boolean
    /** Empty text parts are refused. */
    readonly emptyText: boolean
  }
  readonly parts: {
    readonly imageUrl: boolean
    readonly imageData: boolean
    readonly documents: boolean
    readonly documentUrl: boolean
    readonly audio: boolean
    /** Images inside tool results. */
    readonly toolResultImages: boolean
    /** `isError` on tool results. */
    readonly toolResultErrors: boolean
  }
  readonly tools: {
    readonly isSupported: boolean
    /** A regular expression names must match, and their greatest length. */
    readonly namePattern: string
    readonly nameLength: number
    readonly idPattern: string
    readonly idLength: number
    readonly custom: boolean
    readonly choice: readonly ('auto' | 'none' | 'required' | 'one' | 'allowed')[]
    readonly parallelSwitch: boolean
    readonly strict: boolean
  }
  readonly output: {
    readonly schema: 'native' | 'tool' | 'json' | 'none'
    readonly json: 'native' | 'instruction'
  }
  readonly reasoning: {
    /** How reasoning is asked for; `none` = the model cannot. */
    readonly ask: 'effort' | 'budget' | 'adaptive' | 'switch' | 'none'
    readonly efforts: readonly Effort[]
    /** The field its text comes and goes in, for dialects where places differ. */
    readonly field?: 'reasoning_content' | 'reasoning' | 'reasoning_details'
    /** Whether earlier thought is to be sent back: never, as it is, or only when signed by its origin. */
    readonly history: 'never' | 'text' | 'signed'
    /** `<think>` tags open the text and are to be split off. */
    readonly thinkTags: boolean
    /** While thinking: no forced tool choice, no sampling, no prefill. */
    readonly isExclusive: boolean
  }
  readonly limits: {
    readonly maxOutputField?: 'max_tokens' | 'max_completion_tokens'
    readonly isMaxOutputRequired: boolean
    /** The model's own limit, tokens; sent when a limit is required and the client gave none. */
    readonly maxOutputTokens?: number
    readonly contextTokens?: number
    readonly stopSequences: number
  }
  readonly sampling: {
    readonly maxTemperature: number
    readonly refused: readonly (
      | 'temperature'
      | 'topP'
      | 'topK'
      | 'minP'
      | 'seed'
      | 'frequencyPenalty'
      | 'presencePenalty'
      | 'repeatPenalty'
      | 'logitBias'
      | 'logprobs'
      | 'topLogprobs'
      | 'choices'
    )[]
  }
  /** Beta features (as the dialect's header names them) the target knows; undefined = all. */
  readonly betas?: readonly string[]
  /** Completion tokens are counted without reasoning. */
  readonly outputExcludesReasoning?: boolean
}

/** A profile with some groups changed, e.g. by a provider for one of its models. */
export type ProfilePatch = {
  readonly [K in keyof Profile]?: Profile[K] extends
    | readonly unknown[]
    | string
    | boolean
    | undefined
    ? Profile[K]
    : Partial<NonNullable<Profile[K]>>
}

/** A changed copy: objects are merged one level deep, everything else is replaced. */
export function withProfile(
  base: Profile,
  ...patches: readonly (ProfilePatch | undefined)[]
): Profile {
  let profile: Record<string, unknown> = { ...base }
  for (const patch of patches) {
    for (const [key, value] of Object.entries(patch ?? {})) {
      const before = profile[key]
      const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value)
      profile = { ...profile, [key]: isGroup ? { ...(before as object), ...value } : value }
    }
  }
  return profile as Profile
}
