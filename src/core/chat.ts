// The neutral vocabulary: what a client asks and what a model answers, in no dialect's words.
// Type what is touched, carry the rest: `extensions` hold what only one dialect knows, verbatim.

import type { DialectId } from './brand.ts'
import type { JsonObject } from './json.ts'
import type { Usage } from './usage.ts'

/** Fields only `dialect` knows, verbatim; any other target loses them, and says so. */
export type Extensions = {
  readonly dialect: DialectId
  readonly fields: JsonObject
  /** The fields say again, in the dialect's own form, what stands beside them: without them nothing is lost. */
  readonly isRestated?: boolean
}

/** "The prompt up to here may be cached" (Anthropic `cache_control`, Bedrock `cachePoint`). */
export type CacheMark = { readonly ttl?: '5m' | '1h' }

type PartCommon = { readonly cache?: CacheMark; readonly extensions?: Extensions }

export type MediaSource =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  /** A provider's own uploaded file; known only to places that speak `dialect`, if it says one. */
  | { readonly kind: 'file'; readonly id: string; readonly dialect?: DialectId }
  | { readonly kind: 'text'; readonly mediaType: string; readonly text: string }

/** Where opaque state (a signature, an encrypted thought) was made; it may only go back there. */
export type Origin = {
  readonly dialect: DialectId
  readonly provider?: string
  readonly model?: string
  /** What must go back with the state, in its dialect's own words (an item's id, a format's name). */
  readonly fields?: JsonObject
}

export type Citation = {
  readonly url?: string
  readonly title?: string
  readonly text?: string
  /** The dialect's own citation object, for clients of the same dialect. */
  readonly raw?: Extensions
}

export type TextPart = PartCommon & {
  readonly type: 'text'
  readonly text: string
  readonly citations?: readonly Citation[]
  readonly logprobs?: readonly JsonObject[]
}
export type ImagePart = PartCommon & {
  readonly type: 'image'
  readonly source: MediaSource
  /** OpenAI's `low`, `high`, `auto`. */
  readonly detail?: string
}
export type DocumentPart = PartCommon & {
  readonly type: 'document'
  readonly source: MediaSource
  readonly title?: string
  readonly context?: string
  readonly hasCitations?: boolean
}
export type AudioPart = PartCommon & {
  readonly type: 'audio'
  /** base64 with the media type; `format` as the wire said it (`wav`, `mp3`). */
  readonly source: MediaSource
}
/**
 * A call the model made. `arguments` is the raw JSON text of a `function` (never edited, `{}` when
 * there are none) or the free text of a `custom` tool.
 */
export type ToolCallPart = PartCommon & {
  readonly type: 'tool-call'
  readonly id: string
  readonly name: string
  readonly arguments: string
  readonly kind: 'function' | 'custom'
}
/** The client's answer to a call. `name` where the dialect says it. */
export type ToolResultPart = PartCommon & {
  readonly type: 'tool-result'
  readonly id: string
  readonly name?: string
  readonly content: readonly (TextPart | ImagePart | DocumentPart | OpaquePart)[]
  readonly isError?: boolean
}
/**
 * Thought. `signature` proves it to its origin, `redacted` is thought only the origin can read; a
 * part with either must go back unchanged, in place and in order, or not at all.
 */
export type ReasoningPart = PartCommon & {
  readonly type: 'reasoning'
  readonly text: string
  readonly signature?: string
  readonly redacted?: string
  readonly origin?: Origin
}
export type RefusalPart = PartCommon & { readonly type: 'refusal'; readonly text: string }
/** A block only its own dialect understands; `deltas` are its stream pieces, in order. */
export type OpaquePart = PartCommon & {
  readonly type: 'opaque'
  readonly dialect: DialectId
  readonly raw: JsonObject
  readonly deltas?: readonly JsonObject[]
}

export type UserPart = TextPart | ImagePart | DocumentPart | AudioPart | ToolResultPart | OpaquePart
export type AssistantPart =
  | TextPart
  | ReasoningPart
  | ToolCallPart
  | RefusalPart
  | ImagePart
  | AudioPart
  | OpaquePart
export type Part = UserPart | AssistantPart

/** Instructions; `developer` is OpenAI's newer word for the same role. */
export type SystemPart = TextPart & { readonly role?: 'system' | 'developer' }

/**
 * One turn. `system` turns are instructions in mid-conversation; instructions before the first turn
 * stand in `ChatRequest.system`. Turns are as the client sent them: merging is an adaptation.
 */
export type Turn =
  | {
      readonly role: 'user'
      readonly parts: readonly UserPart[]
      readonly name?: string
      readonly extensions?: Extensions
    }
  | {
      readonly role: 'assistant'
      readonly parts: readonly AssistantPart[]
      readonly name?: string
      readonly extensions?: Extensions
    }
  | {
      readonly role: 'system'
      readonly parts: readonly SystemPart[]
      readonly extensions?: Extensions
    }

/** A tool the client runs itself, or (`opaque`) one only its own dialect knows. */
export type Tool =
  | {
      readonly type: 'function'
      readonly name: string
      readonly description?: string
      /** JSON Schema of the arguments; undefined = takes none. */
      readonly schema?: JsonObject
      readonly isStrict?: boolean
      readonly cache?: CacheMark
      readonly extensions?: Extensions
    }
  | {
      readonly type: 'custom'
      readonly name: string
      readonly description?: string
      /** The dialect-neutral `{type:'text'}` or `{type:'grammar', syntax, definition}`. */
      readonly format?: JsonObject
      readonly extensions?: Extensions
    }
  | {
      readonly type: 'opaque'
      readonly dialect: DialectId
      readonly name: string
      readonly raw: JsonObject
      readonly cache?: CacheMark
    }

export type ToolChoice =
  | { readonly mode: 'auto' | 'none' | 'required' }
  | { readonly mode: 'one'; readonly name: string }
  | { readonly mode: 'allowed'; readonly names: readonly string[]; readonly isRequired: boolean }

export type Output =
  | { readonly type: 'text' }
  | { readonly type: 'json' }
  | {
      readonly type: 'schema'
      readonly schema: JsonObject
      readonly name?: string
      readonly description?: string
      readonly isStrict?: boolean
    }

/** From least to most; a target takes some of them. */
export const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
export type Effort = (typeof efforts)[number]

export type Reasoning = {
  /** `adaptive`: the model decides how much. */
  readonly mode: 'off' | 'on' | 'adaptive'
  readonly effort?: Effort
  readonly budgetTokens?: number
  /** Whether the thought itself is to be shown; undefined = the provider's default. */
  readonly isShown?: boolean
}

export type Sampling = {
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly minP?: number
  readonly seed?: number
  readonly frequencyPenalty?: number
  readonly presencePenalty?: number
  readonly repeatPenalty?: number
  readonly logitBias?: JsonObject
  readonly logprobs?: boolean
  readonly topLogprobs?: number
  /** How many answers; undefined = 1. */
  readonly choices?: number
}

export type ChatRequest = {
  readonly model: string
  readonly system: readonly SystemPart[]
  readonly turns: readonly Turn[]
  readonly tools?: readonly Tool[]
  readonly toolChoice?: ToolChoice
  /** False = at most one call in a turn. */
  readonly hasParallelTools?: boolean
  readonly output?: Output
  readonly reasoning?: Reasoning
  readonly limits?: { readonly maxOutputTokens?: number; readonly stop?: readonly string[] }
  readonly sampling?: Sampling
  readonly stream: boolean
  /** True when the client asked to see usage in the stream. */
  readonly wantsStreamUsage?: boolean
  readonly meta?: {
    readonly user?: string
    readonly serviceTier?: string
    readonly cacheKey?: string
    readonly verbosity?: string
  }
  /** Top-level request fields only the client's dialect knows. */
  readonly extensions?: Extensions
}

/** Why an answer ended. `stop-sequence` and `context-full` fall back to `stop` and `length` where unknown. */
export type FinishReason =
  | 'stop'
  | 'stop-sequence'
  | 'length'
  | 'context-full'
  | 'tool-calls'
  | 'content-filter'
  | 'refusal'
  | 'pause'
  | 'malformed-call'

export type Finish = {
  readonly reason: FinishReason
  /** The provider's own word. */
  readonly raw?: string
  readonly stopSequence?: string
  readonly extensions?: Extensions
}

/** One of several answers (`n > 1`); nearly always there is one, number 0. */
export type Choice = {
  readonly index: number
  readonly parts: readonly AssistantPart[]
  readonly finish?: Finish
}

/** A whole answer: what a stream of events adds up to. */
export type ChatResponse = {
  readonly id: string
  readonly model: string
  readonly createdAt?: number
  readonly choices: readonly Choice[]
  readonly usage?: Usage
  readonly extensions?: Extensions
}
