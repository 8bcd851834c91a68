// One table of everything that can go wrong. A dialect renders kinds in its own shape; the attempt
// engine reads `retry` and `fault`; docs/errors.md explains each row.

/** Who is to blame: only faults of key, model, provider and network may move health. */
export type Fault = 'client' | 'gateway' | 'key' | 'model' | 'provider' | 'network'
/** `same` target again, `key` another key of it, `next` target, or `never`. */
export type Retry = 'never' | 'same' | 'key' | 'next'

export type ErrorRule = {
  readonly status: number
  readonly code: string
  readonly retry: Retry
  readonly fault: Fault
}

const rule = (status: number, code: string, retry: Retry, fault: Fault): ErrorRule => ({
  status,
  code,
  retry,
  fault,
})

export const errorTable = {
  // The client's own mistakes.
  'bad-request': rule(400, 'invalid_request', 'never', 'client'),
  unsupported: rule(400, 'unsupported', 'next', 'client'),
  'loss-refused': rule(400, 'loss_refused', 'next', 'client'),
  unauthorized: rule(401, 'unauthorized', 'never', 'client'),
  forbidden: rule(403, 'forbidden', 'never', 'client'),
  'not-found': rule(404, 'not_found', 'never', 'client'),
  'unknown-model': rule(404, 'model_not_found', 'never', 'client'),
  'method-not-allowed': rule(405, 'method_not_allowed', 'never', 'client'),
  'request-timeout': rule(408, 'request_timeout', 'never', 'client'),
  'request-too-large': rule(413, 'request_too_large', 'never', 'client'),
  'unsupported-media-type': rule(415, 'unsupported_media_type', 'never', 'client'),
  cancelled: rule(499, 'client_closed_request', 'never', 'client'),
  // Our own limits.
  'rate-limited': rule(429, 'rate_limit_exceeded', 'never', 'gateway'),
  overloaded: rule(503, 'overloaded', 'next', 'gateway'),
  'no-target': rule(503, 'no_target', 'never', 'gateway'),
  deadline: rule(504, 'deadline_exceeded', 'never', 'gateway'),
  internal: rule(500, 'internal_error', 'never', 'gateway'),
  // What the upstream says about this very request: nobody else would say otherwise.
  rejected: rule(400, 'invalid_request', 'never', 'client'),
  'context-too-long': rule(400, 'context_length_exceeded', 'never', 'client'),
  'content-blocked': rule(400, 'content_filter', 'never', 'client'),
  // What another key or another target may do better.
  'provider-not-configured': rule(500, 'provider_not_configured', 'next', 'key'),
  'provider-auth': rule(502, 'provider_auth_failed', 'key', 'key'),
  'provider-no-credit': rule(402, 'insufficient_quota', 'key', 'key'),
  'provider-model-not-found': rule(404, 'model_not_found', 'next', 'model'),
  'provider-not-found': rule(502, 'provider_not_found', 'next', 'provider'),
  'provider-rate-limited': rule(429, 'rate_limit_exceeded', 'key', 'key'),
  'provider-overloaded': rule(503, 'provider_overloaded', 'same', 'provider'),
  'provider-failed': rule(502, 'provider_upstream_error', 'same', 'provider'),
  'provider-timeout': rule(504, 'provider_timeout', 'next', 'provider'),
  'provider-unreachable': rule(502, 'provider_transport_error', 'same', 'network'),
  'provider-invalid-response': rule(502, 'provider_invalid_response', 'same', 'provider'),
  'provider-truncated': rule(502, 'provider_truncated_response', 'same', 'provider'),
  'provider-empty': rule(502, 'empty_model_response', 'same', 'model'),
} as const satisfies Record<string, ErrorRule>

export type ErrorKind = keyof typeof errorTable

export type ErrorDetails = {
  /** A more precise code than the table's, e.g. `invalid_messages`. */
  readonly code?: string | undefined
  /** The request field at fault. */
  readonly param?: string | undefined
  readonly retryAfterMs?: number | undefined
  /** The provider this happened at, for logs, `explain` and headers. */
  readonly provider?: string | undefined
  /** What the upstream answered; never shown to clients as it is. */
  readonly upstream?: { readonly status: number; readonly text: string } | undefined
  readonly cause?: unknown
}

/** Any failure of a call. The message is for the client: no secrets, no stack, and a way out. */
export class GatewayError extends Error {
  readonly kind: ErrorKind
  readonly status: number
  readonly code: string
  readonly param: string | undefined
  readonly retry: Retry
  readonly fault: Fault
  readonly retryAfterMs: number | undefined
  readonly provider: string | undefined
  readonly upstream: { readonly status: number; readonly text: string } | undefined

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'GatewayError'
    const { status, code, retry, fault } = errorTable[kind]
    this.kind = kind
    this.status = status
    this.code = details.code ?? code
    this.param = details.param
    this.retry = retry
    this.fault = fault
    this.retryAfterMs = details.retryAfterMs
    this.provider = details.provider
    this.upstream = details.upstream
  }
}

/** Any thrown thing as a GatewayError; what was not foreseen is `internal` and says nothing. */
export const toGatewayError = (thrown: unknown): GatewayError =>
  thrown instanceof GatewayError
    ? thrown
    : new GatewayError('internal', 'The gateway failed to process this request', { cause: thrown })
