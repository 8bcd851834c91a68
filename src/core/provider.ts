// A place that hosts models: mostly data. What it speaks is its faces' business, not its own.

import type { Repair } from './adaptation.ts'
import type { DialectId, ProviderId } from './brand.ts'
import type { ChatRequest } from './chat.ts'
import type { HeaderFields, Operation } from './dialect.ts'
import type { ChatEvent } from './events.ts'
import type { ProfilePatch } from './profile.ts'
import type { Secret } from './secret.ts'
import type { Cancellation, Services } from './services.ts'

/** One dialect a place speaks, and where. */
export type Face = {
  /** Base address; `/v1` is added unless it already has a version segment. */
  readonly base: string
  /** Paths that differ from the dialect's own; joined to the base without its version segment. */
  readonly paths?: { readonly [O in Operation]?: string }
  readonly framing?: string
}

/** The request about to be sent, for signing. */
export type UnsignedRequest = {
  readonly method: string
  readonly url: string
  readonly headers: HeaderFields
  readonly body: Uint8Array
}
/** The headers that show `key` to the place. */
export type Authorize = (
  key: Secret,
  request: UnsignedRequest,
) => HeaderFields | Promise<HeaderFields>

type ProviderCommon = {
  readonly id: ProviderId
  /** As people write it. */
  readonly label: string
  /** Other spellings accepted where a provider is named. */
  readonly aliases?: readonly string[]
  readonly defaultModel: string
}

export type WireProvider = ProviderCommon & {
  readonly kind: 'wire'
  readonly faces: { readonly [dialect: DialectId]: Face }
  /** Environment variables that may hold the key; the first set one wins. */
  readonly keyVariables: readonly string[]
  readonly isKeyRequired: boolean
  readonly baseVariables?: readonly string[]
  readonly modelVariables?: readonly string[]
  /** Request headers filled from environment variables: header → variable. */
  readonly headerVariables?: { readonly [header: string]: string }
  readonly authorize: Authorize
  readonly profile?: (model: string, dialect: DialectId) => ProfilePatch
  readonly repairs?: readonly Repair[]
  /** A path that tells whether the place is well. */
  readonly healthPath?: string
}

export type LocalContext = {
  readonly cancellation: Cancellation
  readonly services: Services
}

/** A place inside this process: it speaks events, no wire. */
export type LocalProvider = ProviderCommon & {
  readonly kind: 'local'
  readonly models: readonly string[]
  /** Throws a GatewayError before the first event to refuse. */
  answer(request: ChatRequest, context: LocalContext): AsyncIterable<ChatEvent>
}

export type Provider = WireProvider | LocalProvider

export type Timeouts = {
  readonly connectMs: number
  readonly firstByteMs: number
  readonly idleMs: number
}

/** A face with its addresses made: what one HTTP request needs. */
export type ResolvedFace = {
  readonly dialect: DialectId
  readonly origin: string
  /** Path by operation, from the root; `{model}` stands for the percent-encoded model. */
  readonly paths: { readonly [O in Operation]?: string }
  readonly framing?: string
}

/** A provider as the configuration made it: immutable, replaced whole on reload. */
export type Upstream = {
  readonly id: ProviderId
  readonly provider: Provider
  readonly label: string
  /** In order of preference: the first is the provider's best. Empty for local ones. */
  readonly faces: readonly ResolvedFace[]
  readonly keys: readonly Secret[]
  /** Why there is no key although one is needed, naming the variable; calls then fail with it. */
  readonly missingKey?: string
  readonly defaultModel: string
  /** Static list; undefined = whatever is asked for. */
  readonly models?: readonly string[]
  /** Whether the operator's allow and deny lists let a model through; undefined = every model. */
  readonly serves?: (model: string) => boolean
  readonly aliases: { readonly [name: string]: string }
  readonly maxConcurrency?: number
  readonly headers: { readonly [name: string]: string }
  readonly timeouts: Timeouts
  readonly weight: number
  /** The operator's word on what the place can do; wins over the provider's own. */
  readonly profile?: ProfilePatch
}

/** A model at a place: what a plan ranks and an attempt is made on. */
export type Target = {
  /** `provider/model`. */
  readonly id: string
  readonly upstream: Upstream
  readonly model: string
  readonly weight: number
}
