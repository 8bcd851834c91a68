// Errors in both directions: what a target's refusal means, and how a client of this dialect is told.

import type { Dialect, Frame, HeaderFields, UpstreamFailure } from '../../core/dialect.ts'
import { type ErrorKind, GatewayError } from '../../core/error.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { redact } from '../../core/redact.ts'
import { shown } from './error-status.ts'

/** The body and headers of an error answer, with Anthropic's own status for it. */
export const encodeError: Dialect['error']['encode'] = (error, requestId) => {
  const { retryAfterMs } = error
  return {
    status: shown[error.kind].status,
    body: toBody(error, requestId),
    ...(retryAfterMs === undefined
      ? {}
      : { headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) } }),
  }
}

/** The frame that ends an opened stream; no message_stop follows it. */
export const errorFrames = (error: GatewayError, requestId: string): readonly Frame[] => [
  { event: 'error', data: JSON.stringify(toBody(error, requestId)) },
]

const tooLong = 'prompt is too long'

function toBody(error: GatewayError, requestId: string): JsonObject {
  // Clients know by these words that they must shorten the conversation.
  const isTooLong = error.kind === 'context-too-long' && !error.message.includes(tooLong)
  return {
    type: 'error',
    error: {
      type: shown[error.kind].type,
      message: isTooLong ? `${tooLong}: ${error.message}` : error.message,
    },
    request_id: requestId,
  }
}

/** What a refusal means: its words come first, its status second. */
export function decodeError(failure: UpstreamFailure, provider: string): GatewayError {
  const { status, headers, body } = failure
  const { type, message } = read(body)
  const kind = toKind(status, type, message)
  const text = redact(message)
  return new GatewayError(kind, toMessage(kind, provider, status, text), {
    provider,
    param: kind === 'rejected' ? fieldAt(message) : undefined,
    retryAfterMs: retryAfterMs(headers),
    upstream: { status, text: typeof body === 'string' ? body : JSON.stringify(body) },
  })
}

const statusOfType: { readonly [type: string]: number | undefined } = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  timeout_error: 504,
  overloaded_error: 529,
}

/** An error told in a stream or under a good status. */
export function decodeStreamError(body: Json, provider: string): GatewayError {
  const code = isJsonObject(body) && isJsonObject(body['error']) ? body['error']['code'] : undefined
  const status = statusOfType[read(body).type ?? ''] ?? (typeof code === 'number' ? code : 500)
  return decodeError({ status, headers: {}, body }, provider)
}

/** Servers of this dialect write `{error:{type,message}}`, `{error}`, `{message}`, `{detail}` or plain text. */
function read(body: Json): { readonly type: string | undefined; readonly message: string } {
  if (typeof body === 'string')
    return { type: undefined, message: /^\s*</.test(body) ? '' : body.trim() }
  if (Array.isArray(body)) return read((body as readonly Json[])[0] ?? '')
  if (!isJsonObject(body)) return { type: undefined, message: '' }
  const { error, message, detail, type, code, msg, base_resp } = body as {
    [key: string]: Json | undefined
  }
  if (isJsonObject(error)) return read(error)
  if (isJsonObject(base_resp)) return { type: undefined, message: saidBy(base_resp['status_msg']) }
  const said = [message, error, detail, msg].find(
    (value) => typeof value === 'string' && value !== '',
  )
  return {
    type: [type, code].find((value): value is string => typeof value === 'string'),
    message: typeof said === 'string' ? said : JSON.stringify(body),
  }
}

const saidBy = (words: Json | undefined): string => (typeof words === 'string' ? words : '')

const noCredit =
  /credit balance|insufficient[_ ](?:balance|quota|credits?|funds)|余额不足|欠费|billing|payment required|exceeded your current quota|arrear/i
const contextFull =
  /prompt is too long|context[_ ](?:length|window|limit)|maximum context|too many (?:input )?tokens|input is too long/i
const badKey =
  /invalid (?:x-)?api[- ]?key|incorrect api key|api key (?:is )?(?:invalid|not valid)|authentication[_ ]?(?:error|failed)/i
const blocked = /content filter|blocked by|violat\w+ .*polic/i
const aboutModel = /\bmodels?\b/i
const noModel = /model identifier is invalid/i

const kindOfType: { readonly [type: string]: ErrorKind | undefined } = {
  authentication_error: 'provider-auth',
  permission_error: 'provider-auth',
  billing_error: 'provider-no-credit',
  insufficient_quota: 'provider-no-credit',
  request_too_large: 'request-too-large',
  rate_limit_error: 'provider-rate-limited',
  overloaded_error: 'provider-overloaded',
  timeout_error: 'provider-timeout',
}

const kindOfStatus: { readonly [status: number]: ErrorKind | undefined } = {
  401: 'provider-auth',
  402: 'provider-no-credit',
  403: 'provider-auth',
  408: 'provider-timeout',
  413: 'request-too-large',
  429: 'provider-rate-limited',
  503: 'provider-overloaded',
  504: 'provider-timeout',
  524: 'provider-timeout',
  529: 'provider-overloaded',
}

function toKind(status: number, type: string | undefined, message: string): ErrorKind {
  const known = type === undefined ? undefined : kindOfType[type]
  const isClients = type === 'invalid_request_error' || (status >= 400 && status < 500)
  if (isClients && noCredit.test(message)) return 'provider-no-credit'
  if (known) return known
  if (isClients && status !== 429 && contextFull.test(message)) return 'context-too-long'
  if (isClients && badKey.test(message)) return 'provider-auth'
  if (isClients && noModel.test(message)) return 'provider-model-not-found'
  if (type === 'not_found_error' || (status === 404 && type !== 'invalid_request_error'))
    return aboutModel.test(message) ? 'provider-model-not-found' : 'provider-not-found'
  if (type === 'invalid_request_error')
    return blocked.test(message) ? 'content-blocked' : 'rejected'
  const byStatus = kindOfStatus[status]
  if (byStatus) return byStatus
  return status >= 400 && status < 500 ? 'rejected' : 'provider-failed'
}

const said: { readonly [K in ErrorKind]?: string } = {
  'provider-auth': 'refused the configured key',
  'provider-no-credit': 'has no credit left on the configured account',
  'provider-rate-limited': 'limits the rate of requests',
  'provider-overloaded': 'is overloaded',
  'provider-timeout': 'took too long',
  'provider-model-not-found': 'does not have the model',
  'provider-not-found': 'has nothing at the address asked; check base_url and paths',
  'request-too-large': 'refused the request as too large',
  'context-too-long': `says that the ${tooLong} for the model`,
  'content-blocked': 'blocked the content',
  rejected: 'refused the request',
}

/** Words about keys and accounts are the operator's; only those about the request are passed on. */
const hidden: ReadonlySet<ErrorKind> = new Set(['provider-auth', 'provider-no-credit'])

function toMessage(kind: ErrorKind, provider: string, status: number, text: string): string {
  const sentence = `Provider "${provider}" ${said[kind] ?? `failed with status ${status}`}`
  return text === '' || hidden.has(kind) ? sentence : `${sentence}: ${text}`
}

/** The field a message begins with, as in `messages.0.content: …`. */
const fieldAt = (message: string): string | undefined =>
  /^([a-z_]+(?:\.[\w-]+)*): /.exec(message)?.[1]

/** Milliseconds to wait; a date is read against the answer's own, so that no clock is needed. */
function retryAfterMs(headers: HeaderFields): number | undefined {
  const exact = Number(headers['retry-after-ms'] ?? Number.NaN)
  if (Number.isFinite(exact) && exact >= 0) return exact
  const value = headers['retry-after']
  if (value === undefined || value.trim() === '') return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const wait = Date.parse(value) - Date.parse(headers['date'] ?? '')
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined
}
