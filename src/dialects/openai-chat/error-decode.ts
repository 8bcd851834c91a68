// What a target's refusal means. The body is believed before the status: servers answer 400 for a bad
// key, 429 for an empty wallet and 200 for a failure.

import type { UpstreamFailure } from '../../core/dialect.ts'
import { type ErrorKind, errorTable, GatewayError } from '../../core/error.ts'
import {
  isJsonObject,
  type Json,
  type JsonObject,
  toJsonArray,
  toJsonObject,
} from '../../core/json.ts'
import { redact } from '../../core/redact.ts'
import { classify, type Fault } from './error-kinds.ts'
import { retryAfterMs } from './retry-after.ts'

const textAt = (value: Json | undefined): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''

// Two places use the same numbers for different things; they stand in different fields.
const prefixed = (code: Json | undefined): Json | undefined =>
  textAt(code) === '' ? undefined : `base_${textAt(code)}`

const isStatus = (value: Json | undefined): value is number =>
  typeof value === 'number' && value >= 400 && value < 600

/** `{error: {…}}`, `{error: "…"}`, `{detail}`, `{message}`, `[{error}]`, a text: whatever says what went wrong. */
function readFault(body: Json): Fault {
  const outer = toJsonObject(Array.isArray(body) ? (body as readonly Json[])[0] : body)
  const error = outer['error']
  const inner: JsonObject = isJsonObject(error) ? error : outer
  const base = toJsonObject(outer['base_resp'])
  const nested = toJsonObject(toJsonObject(inner['innererror']))
  const message =
    textAt(inner['message']) ||
    describeDetail(toJsonObject(inner['message'])['detail']) ||
    textAt(error) ||
    textAt(outer['message']) ||
    describeDetail(outer['detail']) ||
    textAt(base['status_msg']) ||
    (typeof body === 'string' && !/^\s*</.test(body) ? body : '')
  const param = inner['param']
  return {
    code:
      [inner['code'], nested['code'], prefixed(base['status_code']), outer['code']]
        .map(textAt)
        .find(Boolean) ?? '',
    type: textAt(inner['type']) || textAt(inner['status']),
    message,
    param: typeof param === 'string' && param !== '' ? param : undefined,
    status: [inner['status_code'], inner['code'], outer['status_code']].find(isStatus),
  }
}

/** Validation errors come as a text or as a list of what is wrong where. */
function describeDetail(detail: Json | undefined): string {
  if (!Array.isArray(detail)) return textAt(detail)
  return toJsonArray(detail)
    .map(toJsonObject)
    .map(({ loc, msg }) => [toJsonArray(loc).join('.'), textAt(msg)].filter(Boolean).join(': '))
    .join('; ')
}

/** Kinds whose words are for the client, who can do something about them. */
const isForClient = (kind: ErrorKind): boolean => errorTable[kind].fault === 'client'

const generic: { readonly [K in ErrorKind]?: string } = {
  'provider-auth': 'did not accept the key the gateway has for it',
  'provider-no-credit': 'refused for lack of credit or quota',
  'provider-model-not-found': 'does not serve the model asked for',
  'provider-not-found': 'does not have the address the gateway called',
  'provider-rate-limited': 'is limiting the rate of requests',
  'provider-overloaded': 'is overloaded',
  'provider-timeout': 'did not answer in time',
}

const maxUpstreamText = 4096

/** `status`: undefined for a failure that came with a good one and names none itself. */
function toError(
  fault: Fault,
  status: number | undefined,
  provider: string,
  failure: { readonly headers: UpstreamFailure['headers']; readonly body: Json },
): GatewayError {
  const kind = classify(fault, status)
  const told = status === undefined ? '' : ` (HTTP ${status})`
  const words = isForClient(kind) ? redact(fault.message) : ''
  const message = words || `Provider "${provider}" ${generic[kind] ?? 'failed to answer'}${told}`
  const text = typeof failure.body === 'string' ? failure.body : JSON.stringify(failure.body)
  const isCode = kind === 'rejected' && /^[a-z][\w.-]{2,63}$/i.test(fault.code)
  return new GatewayError(kind, message, {
    provider,
    ...(isCode ? { code: fault.code } : {}),
    ...(isForClient(kind) && fault.param !== undefined ? { param: fault.param } : {}),
    retryAfterMs: retryAfterMs(failure, fault.message),
    upstream: { status: status ?? 502, text: text.slice(0, maxUpstreamText) },
  })
}

/** What an error answer means; the message is fit for clients. */
export function decodeError(failure: UpstreamFailure, provider: string): GatewayError {
  const fault = readFault(failure.body)
  const status = failure.status >= 400 ? failure.status : (fault.status ?? 502)
  return toError(fault, status, provider, failure)
}

const saysError = (body: JsonObject): boolean => {
  const { error, base_resp, object, detail } = body as { [key: string]: Json }
  if (error !== undefined && error !== null && error !== '' && error !== false) return true
  const code = toJsonObject(base_resp)['status_code']
  if (code !== undefined && code !== 0 && code !== '0') return true
  if (object === 'error') return true
  const isAnswer = Array.isArray(body['choices']) || isJsonObject(body['usage'])
  if (isAnswer) return false
  return (detail !== undefined || textAt(body['message']) !== '') && object === undefined
}

/**
 * The error in a chunk or a body that came with status 200; undefined when there is none. `isTold`:
 * the frame itself was an error.
 */
export function decodeAnswerError(
  body: JsonObject,
  provider: string,
  isTold: boolean,
): GatewayError | undefined {
  const choice = toJsonArray(body['choices'])
    .map(toJsonObject)
    .find(({ error }) => isJsonObject(error))
  if (!isTold && !choice && !saysError(body)) return undefined
  const told = choice && !saysError(body) ? choice : body
  const { choices: _choices, ...rest } = told
  const fault = readFault(rest)
  return toError(fault, fault.status, provider, { headers: {}, body: rest })
}
