// What refusals of all shapes mean, and how our own are told.

import { describe, expect, test } from 'vitest'
import { type ErrorKind, GatewayError } from '../../core/error.ts'
import type { Json } from '../../core/json.ts'
import { openaiChat } from './index.ts'

const decode = (status: number, body: Json, headers: { [name: string]: string } = {}) =>
  openaiChat.error.decode({ status, headers, body }, 'place')

test.each<[number, Json, ErrorKind]>([
  [400, { error: { message: 'x', code: 'context_length_exceeded' } }, 'context-too-long'],
  [
    400,
    { error: { message: 'maximum context length is 10 tokens', code: 400 } },
    'context-too-long',
  ],
  [400, { error: { message: 'x', type: 'invalid_request_error', code: null } }, 'rejected'],
  [422, { detail: [{ loc: ['body', 'n'], msg: 'too big' }] }, 'rejected'],
  [400, { code: 'invalid-argument', error: 'Incorrect API key provided.' }, 'provider-auth'],
  [
    400,
    [{ error: { code: 400, message: 'API key not valid.', status: 'INVALID_ARGUMENT' } }],
    'provider-auth',
  ],
  [401, { detail: 'Invalid API Key' }, 'provider-auth'],
  [401, 'nope', 'provider-auth'],
  [403, { error: { message: 'x' } }, 'provider-auth'],
  [402, { error: { message: 'x', code: 402 } }, 'provider-no-credit'],
  [429, { error: { message: 'x', code: 'insufficient_quota' } }, 'provider-no-credit'],
  [429, { error: { message: 'x', code: '1113' } }, 'provider-no-credit'],
  [429, { error: { message: 'x', code: '1302' } }, 'provider-rate-limited'],
  [429, { error: { message: 'x', type: 'exceeded_current_quota_error' } }, 'provider-no-credit'],
  [429, { error: { message: 'x', code: 'rate_limit_exceeded' } }, 'provider-rate-limited'],
  [
    413,
    { error: { message: 'x', code: 'rate_limit_exceeded', type: 'tokens' } },
    'request-too-large',
  ],
  [400, { error: { message: 'Prompt exceeds max length', code: '1261' } }, 'context-too-long'],
  [
    400,
    { error: { message: 'Range of input length should be [1, 98304]', code: 'x' } },
    'context-too-long',
  ],
  [403, { error: { message: 'Input was flagged', code: 403 } }, 'content-blocked'],
  [403, { error: "Your team doesn't have any credits or licenses yet." }, 'provider-no-credit'],
  [
    429,
    [
      {
        error: {
          code: 429,
          message: 'You exceeded your current quota. Please retry in 34.5s.',
          status: 'RESOURCE_EXHAUSTED',
        },
      },
    ],
    'provider-rate-limited',
  ],
  [413, '', 'request-too-large'],
  [
    404,
    { error: { message: 'The model `x` does not exist', code: 'model_not_found' } },
    'provider-model-not-found',
  ],
  [
    404,
    { object: 'error', message: 'The model `x` does not exist.', code: 404 },
    'provider-model-not-found',
  ],
  [400, { error: { message: 'x is not a valid model ID', code: 400 } }, 'provider-model-not-found'],
  [404, '404 page not found', 'provider-not-found'],
  [400, { error: { message: 'x', code: 'DataInspectionFailed' } }, 'content-blocked'],
  [
    400,
    { error: { message: 'x', innererror: { code: 'ResponsibleAIPolicyViolation' } } },
    'content-blocked',
  ],
  [408, '', 'provider-timeout'],
  [500, { error: { message: 'x' } }, 'provider-failed'],
  [502, '<html>Bad gateway</html>', 'provider-failed'],
  [
    503,
    { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
    'provider-overloaded',
  ],
  [504, '', 'provider-timeout'],
  [529, '', 'provider-overloaded'],
  [200, { base_resp: { status_code: 1004, status_msg: 'x' } }, 'provider-auth'],
])('a %s with %j is "%s"', (status, body, kind) => {
  expect(decode(status, body).kind).toBe(kind)
})

describe('the message', () => {
  test('of a client fault is the upstream one, without secrets', () => {
    const message = 'Bad value for org-AbC123456789 by me@x.test with sk-abcdefghijkl'
    const error = decode(400, { error: { message, param: 'temperature', code: 'invalid_value' } })
    expect(error.message).toMatch(/^Bad value for /)
    expect(error.message).not.toMatch(/org-|me@|sk-/)
    expect([error.param, error.code, error.status]).toEqual(['temperature', 'invalid_value', 400])
    expect(error.upstream?.text).toContain('invalid_value')
  })

  test('of a provider fault names place and status and repeats nothing', () => {
    const error = decode(401, { error: { message: 'Incorrect API key provided: sk-secret' } })
    expect(error.message).toBe(
      'Provider "place" did not accept the key the gateway has for it (HTTP 401)',
    )
    expect(error.status).toBe(502)
  })
})

test.each<[{ [name: string]: string }, Json, number | undefined]>([
  [{ 'retry-after': '3' }, {}, 3000],
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, {}, 250],
  [
    { 'retry-after': 'Tue, 01 Jan 2030 00:00:05 GMT', date: 'Tue, 01 Jan 2030 00:00:00 GMT' },
    {},
    5000,
  ],
  [{}, [{ error: { details: [{ retryDelay: '34s' }] } }], 34_000],
  [{}, { error: { message: 'Please try again in 1m2.5s.' } }, 62_500],
  [{}, { error: { message: 'Please try again later.' } }, undefined],
])('headers %j and body %j ask to wait', (headers, body, expected) => {
  expect(decode(429, body, headers).retryAfterMs).toBe(expected)
})

test.each<[ErrorKind, number, string, string]>([
  ['unauthorized', 401, 'auth_error', 'unauthorized'],
  ['not-found', 404, 'invalid_request_error', 'not_found'],
  ['provider-not-configured', 500, 'provider_error', 'provider_not_configured'],
  ['provider-auth', 502, 'provider_error', 'provider_auth_failed'],
  ['provider-timeout', 504, 'provider_error', 'provider_timeout'],
  ['provider-rate-limited', 429, 'rate_limit_error', 'rate_limit_exceeded'],
  ['provider-no-credit', 402, 'insufficient_quota', 'insufficient_quota'],
  ['internal', 500, 'server_error', 'internal_error'],
])('"%s" is told as %s %s %s', (kind, status, type, code) => {
  const error = new GatewayError(kind, 'What happened')
  const body = { error: { message: 'What happened', type, param: null, code } }
  expect(openaiChat.error.encode(error, 'id')).toEqual({ status, body })
  expect(openaiChat.error.frames(error, 'id')).toEqual([{ data: JSON.stringify(body) }])
})
