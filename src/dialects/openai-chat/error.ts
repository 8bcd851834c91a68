// Errors as clients of this dialect read them: four fields, of which `param` and `code` may be null.

import type { Frame } from '../../core/dialect.ts'
import { type ErrorKind, errorTable, type GatewayError } from '../../core/error.ts'
import type { JsonObject } from '../../core/json.ts'

const types: { readonly [K in ErrorKind]?: string } = {
  unauthorized: 'auth_error',
  forbidden: 'permission_error',
  'rate-limited': 'rate_limit_error',
  'provider-rate-limited': 'rate_limit_error',
  'provider-no-credit': 'insufficient_quota',
  'provider-model-not-found': 'invalid_request_error',
  overloaded: 'server_error',
  'no-target': 'server_error',
  deadline: 'server_error',
  internal: 'server_error',
}

const typeOf = (kind: ErrorKind): string =>
  types[kind] ?? (errorTable[kind].fault === 'client' ? 'invalid_request_error' : 'provider_error')

const toBody = ({ kind, message, param, code }: GatewayError): JsonObject => ({
  error: { message, type: typeOf(kind), param: param ?? null, code },
})

/** The body of an error answer. */
export const encodeError = (error: GatewayError): { status: number; body: JsonObject } => ({
  status: error.status,
  body: toBody(error),
})

/** One frame, and no `[DONE]` after it: an answer that failed does not look complete. */
export const errorFrames = (error: GatewayError): readonly Frame[] => [
  { data: JSON.stringify(toBody(error)) },
]
