// One step of an answer. Events are the only answer: a whole reply is a stream that arrived at once.
// Grammar, per choice: response-start, (part-start part-delta* part-end)*, finish; usage anywhere after
// the start; then response-end, or error and nothing more. One part is open at a time per choice, and
// part indexes count up from 0 over the whole answer. `checkEvents` in testing/ enforces all of it.

import type { DialectId } from './brand.ts'
import type { Citation, Extensions, FinishReason, MediaSource, Origin } from './chat.ts'
import type { GatewayError } from './error.ts'
import type { JsonObject } from './json.ts'
import type { Usage } from './usage.ts'

/** How a part begins; its content follows in deltas. */
export type PartStart =
  | { readonly type: 'text' }
  | { readonly type: 'reasoning'; readonly redacted?: string; readonly origin?: Origin }
  | {
      readonly type: 'tool-call'
      readonly id: string
      readonly name: string
      readonly kind: 'function' | 'custom'
      readonly extensions?: Extensions
    }
  | { readonly type: 'refusal' }
  | { readonly type: 'image'; readonly source: MediaSource }
  | { readonly type: 'audio'; readonly source: MediaSource }
  | { readonly type: 'opaque'; readonly dialect: DialectId; readonly raw: JsonObject }

/** A piece of the open part `index`. Exactly one of the fields after `index` is present. */
export type PartDelta = {
  readonly type: 'part-delta'
  readonly index: number
  /** Text of a text, reasoning or refusal part. */
  readonly text?: string
  /** A piece of a tool call's raw arguments; pieces are never parsed. */
  readonly arguments?: string
  readonly citation?: Citation
  readonly logprobs?: readonly JsonObject[]
  /** The signature of a reasoning part; comes last. */
  readonly signature?: string
  /** A stream piece of an opaque part, in its dialect's own shape. */
  readonly data?: JsonObject
}

export type ChatEvent =
  | {
      readonly type: 'response-start'
      readonly id: string
      readonly model: string
      readonly createdAt?: number
      readonly extensions?: Extensions
    }
  | {
      readonly type: 'part-start'
      readonly index: number
      readonly choice: number
      readonly part: PartStart
    }
  | PartDelta
  | { readonly type: 'part-end'; readonly index: number }
  /** Merged bucket by bucket: may come several times, the last word wins. */
  | { readonly type: 'usage'; readonly usage: Usage }
  | {
      readonly type: 'finish'
      readonly choice: number
      readonly reason: FinishReason
      readonly raw?: string
      readonly stopSequence?: string
      readonly extensions?: Extensions
    }
  | { readonly type: 'response-end'; readonly extensions?: Extensions }
  /** The answer failed after it began; nothing follows. */
  | { readonly type: 'error'; readonly error: GatewayError }

export type Emit = (event: ChatEvent) => void
/** One step between decoder and encoder: an event in, any number out. */
export type EventMap = (event: ChatEvent, emit: Emit) => void
