// What every way of rendering is given, and what it gives.

import type { Tap } from '../../core/call.ts'
import type { DecodeContext, Dialect, EncodeContext } from '../../core/dialect.ts'
import type { GatewayError } from '../../core/error.ts'
import type { ChatEvent, EventMap } from '../../core/events.ts'
import type { Framing } from '../../core/framing.ts'
import type { Meter } from '../meter.ts'

export type RenderMode = 'passThrough' | 'reframe' | 'translate' | 'encodeOnly'

/** How one side of the gateway speaks in this exchange. */
export type Side = {
  readonly dialect: Dialect
  readonly framing: Framing
  readonly isStream: boolean
}

export type RenderPlan = {
  readonly client: Side
  /** Undefined for a local target, whose events come as such. */
  readonly target: Side | undefined
  /** The client's bytes went out (named edits aside), so the provider's may come back. */
  readonly wasForwarded: boolean
  /** Our edit made the provider tell usage; the client did not ask to see it. */
  readonly hidesUsageFrame: boolean
  readonly decode: DecodeContext
  /** Asked for only where the answer is encoded anew: it decodes the client's request. */
  readonly encode: () => EncodeContext
  /** Undoes what the adaptations did, in the order they were applied. */
  readonly undo: readonly EventMap[]
  readonly taps: readonly Tap[]
  readonly isStrict: boolean
  readonly meter: Meter
}

/** Where a rendering goes; the reply stream decides what is held and what is shown. */
export type Output = {
  write(chunk: string | Uint8Array): void
  commit(): void
  /** The answer is complete. */
  end(): void
  /** The answer failed; nothing follows. `isTold`: the provider's own words of it are already written. */
  fail(error: GatewayError, isTold?: boolean): void
}

/** Synchronous: each call does all its work before it returns. */
export type Rendering = {
  readonly mode: RenderMode
  /** Bytes of a streamed answer. */
  chunk(bytes: Uint8Array): void
  /** The body of an answer that came whole. */
  whole(bytes: Uint8Array): void
  /** An event of a local target. */
  event(event: ChatEvent): void
  /** No more bytes or events come. */
  end(): void
}
