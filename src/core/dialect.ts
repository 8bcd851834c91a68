// A wire language, both directions. Knows no URL, no key, no provider; works on frames, not bytes.

import type { DialectId } from './brand.ts'
import type { ChatRequest, ChatResponse } from './chat.ts'
import type { GatewayError } from './error.ts'
import type { ChatEvent, Emit } from './events.ts'
import type { Json, JsonObject } from './json.ts'
import type { Losses } from './loss.ts'
import type { Profile } from './profile.ts'
import type { Usage } from './usage.ts'

export type Operation = 'chat' | 'count-tokens' | 'models'

/** One record on the wire: an SSE event, a JSON line. */
export type Frame = { readonly event?: string; readonly data: string }
export type EmitFrame = (frame: Frame) => void

/** Request headers with lower-case names. */
export type HeaderFields = { readonly [name: string]: string | undefined }

/** What the client sent, parsed once. */
export type WireRequest = { readonly body: JsonObject; readonly headers: HeaderFields }
/** What goes to a target of this dialect. */
export type EncodedRequest = {
  readonly body: JsonObject
  readonly headers: { readonly [name: string]: string }
}

/** An endpoint a client of this dialect calls. */
export type Endpoint = {
  readonly method: 'GET' | 'POST' | 'HEAD'
  readonly path: string
  readonly operation: Operation
}

export type DecodeContext = {
  readonly profile: Profile
  /** Who answers: opaque state is tagged with it. */
  readonly target: { readonly provider: string; readonly model: string }
  readonly losses: Losses
  /** Makes ids where the provider gives none: `createId('call')` → `call_…`. */
  createId(prefix: string): string
}

/** Frames of one answer in, events out; synchronous, one per answer. */
export type Decoder = {
  frame(frame: Frame): void
  /** A whole (not streamed) answer. */
  whole(body: Json): void
  /** The bytes ended; emits what is held, or an error when the answer was cut short. */
  end(): void
}

export type EncodeContext = {
  /** The client's own request: an answer shows only what was asked for. */
  readonly asked: ChatRequest
  readonly losses: Losses
  /** An estimate of the prompt's tokens, for dialects that must say a number before one is known. */
  estimateInput(): number
  createId(prefix: string): string
  /** Seconds since the epoch. */
  now(): number
}

/** Events of one answer in, frames out; synchronous, one per answer. Errors go through `error.frames`. */
export type Encoder = {
  event(event: Exclude<ChatEvent, { type: 'error' }>): void
}

/** A model as the model lists show it. */
export type ModelCard = {
  readonly id: string
  readonly name?: string
  readonly provider: string
  readonly createdAt?: number
  readonly contextTokens?: number
  readonly maxOutputTokens?: number
}

export type UpstreamFailure = {
  readonly status: number
  readonly headers: HeaderFields
  /** Parsed when it was JSON, else the text. */
  readonly body: Json
}

export type Dialect = {
  readonly id: DialectId
  /** As people write it, e.g. in the compatibility table. */
  readonly label: string
  readonly endpoints: readonly Endpoint[]
  /** Where a target of this dialect serves each operation, below its base address. */
  readonly paths: { readonly [O in Operation]?: string }
  /** The framing of a streamed answer; a provider may have another. */
  readonly framing: string
  /** What a target of this dialect takes when nothing else is known about it. */
  readonly profile: Profile
  readonly request: {
    /** Throws `bad-request` with the field and value at fault. */
    decode(wire: WireRequest): ChatRequest
    encode(request: ChatRequest, profile: Profile, losses: Losses): EncodedRequest
    /** The dialect's own request headers a client may send on to a target (lower case). */
    readonly headers: readonly string[]
    /** Filters a forwarded header's value by what the target knows; undefined = leave it out. */
    filterHeader?(name: string, value: string, profile: Profile): string | undefined
    /** Headers a target of this dialect always wants, e.g. a version. */
    readonly fixedHeaders?: { readonly [name: string]: string }
    /** Top-level body fields that are ours: they act here and are never forwarded. */
    readonly ownFields: ReadonlySet<string>
    /**
     * True when the body says what must act in words only we understand: then it is never forwarded,
     * not even to a target of the same dialect. `includes` looks into the body's bytes without parsing.
     */
    mustTranslate?(fields: JsonObject, includes: (text: string) => boolean): boolean
    /**
     * The named edits of a forwarded body so that a stream tells usage; undefined when it does unasked
     * or the client asked itself.
     */
    usageEdit?(fields: JsonObject, profile: Profile): JsonObject | undefined
  }
  readonly response: {
    decoder(context: DecodeContext, emit: Emit): Decoder
    encoder(context: EncodeContext, emit: EmitFrame): Encoder
    encodeWhole(response: ChatResponse, context: EncodeContext): JsonObject
    /** Response headers of a target worth showing to a client of the same dialect (lower case; `*` ends a prefix). */
    readonly headers: readonly string[]
    /** Byte sequences that mark frames the meter must read in a passed-through stream. */
    readonly marks: readonly string[]
    /** True for the frame that our `usageEdit` caused, to be kept from a client who did not ask. */
    isUsageFrame?(frame: Frame): boolean
  }
  readonly error: {
    /** The body of an error answer, with the dialect's own status. */
    encode(
      error: GatewayError,
      requestId: string,
    ): { readonly status: number; readonly body: JsonObject; readonly headers?: HeaderFields }
    /** The frames that end an opened stream with an error. */
    frames(error: GatewayError, requestId: string): readonly Frame[]
    /** What a target's refusal means; `provider` names it in the message. */
    decode(failure: UpstreamFailure, provider: string): GatewayError
  }
  /** What an open stream sends while nothing happens; a comment line or a frame. */
  readonly keepAlive: { readonly comment: string } | { readonly frame: Frame }
  readonly countTokens?: {
    /** An encoded chat request as the counting endpoint takes it; undefined = just as it is. */
    body?(chat: JsonObject): JsonObject
    encode(tokens: number): JsonObject
    decode(body: Json): Usage | undefined
  }
  readonly models?: {
    /** True when these request headers show a client that expects this dialect's model lists. */
    claims(headers: HeaderFields): boolean
    list(cards: readonly ModelCard[]): JsonObject
    one(card: ModelCard): JsonObject
  }
}
