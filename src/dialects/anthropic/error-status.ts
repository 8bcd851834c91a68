// How each kind of failure is shown: Anthropic's own status and error type
// (https://docs.anthropic.com/en/api/errors).

import type { ErrorKind } from '../../core/error.ts'

export type Shown = { readonly status: number; readonly type: string }

const shownAs = (status: number, type: string): Shown => ({ status, type })

export const shown = {
  'bad-request': shownAs(400, 'invalid_request_error'),
  unsupported: shownAs(400, 'invalid_request_error'),
  'loss-refused': shownAs(400, 'invalid_request_error'),
  unauthorized: shownAs(401, 'authentication_error'),
  forbidden: shownAs(403, 'permission_error'),
  'not-found': shownAs(404, 'not_found_error'),
  'unknown-model': shownAs(404, 'not_found_error'),
  'method-not-allowed': shownAs(405, 'invalid_request_error'),
  'request-timeout': shownAs(408, 'timeout_error'),
  'request-too-large': shownAs(413, 'request_too_large'),
  'unsupported-media-type': shownAs(415, 'invalid_request_error'),
  cancelled: shownAs(499, 'api_error'),
  'rate-limited': shownAs(429, 'rate_limit_error'),
  overloaded: shownAs(529, 'overloaded_error'),
  'no-target': shownAs(503, 'api_error'),
  deadline: shownAs(504, 'timeout_error'),
  internal: shownAs(500, 'api_error'),
  rejected: shownAs(400, 'invalid_request_error'),
  'context-too-long': shownAs(400, 'invalid_request_error'),
  'content-blocked': shownAs(400, 'invalid_request_error'),
  'provider-not-configured': shownAs(500, 'api_error'),
  'provider-auth': shownAs(502, 'api_error'),
  'provider-no-credit': shownAs(402, 'billing_error'),
  'provider-model-not-found': shownAs(404, 'not_found_error'),
  'provider-not-found': shownAs(502, 'api_error'),
  'provider-rate-limited': shownAs(429, 'rate_limit_error'),
  'provider-overloaded': shownAs(529, 'overloaded_error'),
  'provider-failed': shownAs(502, 'api_error'),
  'provider-timeout': shownAs(504, 'timeout_error'),
  'provider-unreachable': shownAs(502, 'api_error'),
  'provider-invalid-response': shownAs(502, 'api_error'),
  'provider-truncated': shownAs(502, 'api_error'),
  'provider-empty': shownAs(502, 'api_error'),
} as const satisfies Record<ErrorKind, Shown>
