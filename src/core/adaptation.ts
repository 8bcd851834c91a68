// The third word between dialects and providers: makes good what a target lacks, neutral in,
// neutral out, each in one file, undone on the way back and reported as a loss.

import type { ChatRequest, Origin } from './chat.ts'
import type { GatewayError } from './error.ts'
import type { EventMap } from './events.ts'
import type { Losses } from './loss.ts'
import type { Profile } from './profile.ts'

export type AdaptationContext = {
  readonly profile: Profile
  readonly losses: Losses
  /** The target: opaque state that came from elsewhere must not reach it. */
  readonly target: Required<Omit<Origin, 'fields'>>
}

/** The changed request, and how to undo the change in the answer. */
export type Adapted = {
  readonly request: ChatRequest
  /** A fresh map for one answer's events; undefined = nothing to undo. */
  readonly events?: () => EventMap
}

export type Adaptation = {
  readonly name: string
  /** True when the target cannot take this request as it is. Cheap: asked for every attempt. */
  applies(request: ChatRequest, context: AdaptationContext): boolean
  request(request: ChatRequest, context: AdaptationContext): Adapted
}

/** A named change that is tried once, on the same target, after it refused a request. */
export type Repair = {
  readonly name: string
  matches(error: GatewayError, request: ChatRequest): boolean
  request(request: ChatRequest, context: AdaptationContext, error: GatewayError): ChatRequest
}
