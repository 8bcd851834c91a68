// What the gateway needs of an HTTP server, whichever it is: `answer` speaks to this seam only, and
// each adapter is held to the same suite.

import type { Reply } from '../../core/call.ts'
import type { HeaderFields } from '../../core/dialect.ts'
import type { Cancellation } from '../../core/services.ts'

/** One request as it came. */
export type Exchange = {
  readonly method: string
  /** Path without query, as sent. */
  readonly path: string
  readonly query: string
  /** Lower-case names; repeated ones are joined. */
  readonly headers: HeaderFields
  /** Whether the peer's socket is on this machine. */
  readonly isPeerLoopback: boolean
  /** The whole inflated body; throws `request-too-large`, `request-timeout` or `bad-request`. */
  readBody(maxBytes: number, timeoutMs: number): Promise<Uint8Array>
  /** Fires when the client is gone. */
  readonly cancellation: Cancellation
}

/** What is to be sent: a body at hand, or a reply that streams. */
export type Answer = {
  readonly status: number
  readonly headers: HeaderFields
  readonly body?: string | Uint8Array
  readonly reply?: Reply
}
