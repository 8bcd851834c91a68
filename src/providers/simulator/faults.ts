// The failures the simulator can be asked for, as if a provider had answered with them.

import { type ErrorKind, GatewayError } from '../../core/error.ts'

const kinds: { readonly [status: number]: ErrorKind } = {
  401: 'provider-auth',
  402: 'provider-no-credit',
  403: 'provider-auth',
  404: 'provider-model-not-found',
  408: 'provider-timeout',
  429: 'provider-rate-limited',
  503: 'provider-overloaded',
  504: 'provider-timeout',
  529: 'provider-overloaded',
}

/** What a provider's answer with this status means; other 4xx are the client's own mistake. */
export function simulatedFailure(status: number, retryAfterMs?: number): GatewayError {
  const kind = kinds[status] ?? (status < 500 ? 'rejected' : 'provider-failed')
  const text = `The simulator was asked to fail with status ${status}`
  return new GatewayError(kind, text, {
    retryAfterMs,
    provider: 'sim',
    upstream: { status, text },
  })
}

/** The error of an answer that stops in the middle. */
export const simulatedCut = (tokens: number): GatewayError =>
  new GatewayError(
    'provider-truncated',
    `The simulator was asked to cut its answer off after ${tokens} tokens`,
    { provider: 'sim' },
  )
