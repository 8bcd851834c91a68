// One request on its way through the gateway, and the shapes everything along the way has. Call and
// Services are no bags: a stage's private facts go into notes.

import type { ChatRequest } from './chat.ts'
import type { Dialect, HeaderFields, Operation } from './dialect.ts'
import type { GatewayError } from './error.ts'
import type { EventMap } from './events.ts'
import type { JsonObject } from './json.ts'
import type { Ledger } from './ledger.ts'
import type { Loss, Losses } from './loss.ts'
import type { Cancellation, Services } from './services.ts'
import type { Usage } from './usage.ts'

/** Who calls: a configured key's id, or `anonymous`. */
export type Caller = { readonly id: string }

type CallCommon = {
  readonly id: string
  /** The client's dialect. */
  readonly dialect: Dialect
  /** The model as the client wrote it; empty when it named none. */
  readonly model: string
  /** A provider the client insists on; bypasses rules. */
  readonly forcedProvider?: string
  readonly headers: HeaderFields
  readonly caller: Caller
  readonly isStrict: boolean
  /** The client's bytes and their parsed form. */
  readonly body: { readonly bytes: Uint8Array; readonly fields: JsonObject }
  /** Monotonic milliseconds. */
  readonly receivedAtMs: number
  /** Losses known before any target is chosen. */
  readonly losses: Losses
  readonly taps: readonly Tap[]
  readonly notes: ReadonlyMap<symbol, unknown>
  readonly cancellation: Cancellation
  /** Tokens of the prompt, erring high; works after `letGo` too. */
  estimateInput(): number
  /** Drops the client's bytes, once an answer has begun and no attempt can follow. */
  letGo(): void
  /** Runs exactly once when the call is over, whatever became of it; the only place to release things. */
  onSettled(run: (outcome: Outcome) => void): void
}

export type ChatCall = CallCommon & {
  readonly operation: 'chat'
  readonly isStream: boolean
  /** The neutral request, decoded on first use and then shared by all copies of the call. */
  request(): ChatRequest
  /** True once a stage changed the request: the client's bytes no longer say what is meant. */
  readonly isRewritten: boolean
}

/** Something other than a chat: forwarded or answered by operation. */
export type OperationCall = CallCommon & {
  readonly operation: Exclude<Operation, 'chat'>
  /** The neutral chat request the operation is about (e.g. whose tokens are counted). */
  request(): ChatRequest
}

export type Call = ChatCall | OperationCall

/** A copy whose request is `request`; marks the call rewritten. */
export const withRequest = (call: ChatCall, request: ChatRequest): ChatCall => ({
  ...call,
  request: () => request,
  isRewritten: true,
})

/** A copy with one more note; the request stays the client's own. */
export const withNote = <C extends Call>(call: C, key: symbol, value: unknown): C => ({
  ...call,
  notes: new Map(call.notes).set(key, value),
})

/** A copy with one more observer of its answer. */
export const withTap = <C extends Call>(call: C, tap: Tap): C => ({
  ...call,
  taps: [...call.taps, tap],
})

/** What became of one attempt, for `explain`, health and headers. */
export type AttemptRecord = {
  readonly target: string
  readonly outcome: 'answered' | 'failed' | 'skipped' | 'cancelled'
  readonly error?: GatewayError
  readonly repair?: string
  readonly durationMs: number
}

/** How a call ended. */
export type Outcome = {
  readonly status: number
  readonly error?: GatewayError
  readonly target?: string
  readonly model?: string
  readonly attempts: readonly AttemptRecord[]
  readonly usage?: Usage
  readonly losses: readonly Loss[]
  readonly durationMs: number
  readonly mode?: string
}

/** Where an answer goes. `write` returns false when it is full: then wait for `resume`. */
export type ReplySink = {
  write(chunk: string | Uint8Array): boolean
  end(trailers: HeaderFields): void
  /** The answer cannot be completed and no more can be said: break the connection. */
  abort(): void
}

/** An answer whose head is known. It is started or cancelled, never dropped. */
export type Reply = {
  readonly status: number
  readonly headers: HeaderFields
  /** The whole body, when it is at hand: then there is nothing to start. */
  readonly body?: string | Uint8Array
  /** Names of headers that come after a streamed body. */
  readonly trailerNames: readonly string[]
  start(sink: ReplySink): void
  /** The sink has room again. */
  resume(): void
  cancel(): void
}

export type Next<C extends Call = Call> = (call: C) => Promise<Reply>
/** One layer around the rest: before, `next`, after. */
export type Stage = (call: Call, next: Next) => Promise<Reply>

/** Watches or changes an answer on its way. `events` forces translation; `meter` sees usage and ends only. */
export type Tap = {
  readonly name: string
  readonly needs: 'meter' | 'events'
  /** A fresh map for one exchange. */
  create(): EventMap
}

/** Reads a plugin's options; zod schemas are such parsers. Throws with a message for the operator. */
export type OptionsSchema<Options> = { parse(value: unknown): Options }

/** What plugins may name. */
export type PluginServices = Services & { readonly ledger: Ledger }

/**
 * A stage with a name and options. `admit` may refuse, `prepare` may rewrite, `answer` may answer
 * itself and sees the reply on its way back.
 */
export type Plugin<Options = unknown> = {
  readonly name: string
  readonly phase: 'admit' | 'prepare' | 'answer'
  readonly summary: string
  /** Operations it serves; undefined = chat only. */
  readonly operations?: readonly Operation[]
  readonly options: OptionsSchema<Options>
  setup(
    options: Options,
    services: PluginServices,
  ): { readonly stage: Stage; readonly close?: () => void }
}

/** A plugin whose options are checked against its schema by the compiler. */
export const definePlugin = <Options>(plugin: Plugin<Options>): Plugin<Options> => plugin
