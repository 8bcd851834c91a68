import { expect, test } from 'vitest'
import { type ErrorKind, errorTable, GatewayError } from '../../core/error.ts'
import type { Json } from '../../core/json.ts'
import { anthropic } from './index.ts'

const decode = (status: number, body: Json, headers = {}): GatewayError =>
  anthropic.error.decode({ status, headers, body }, 'place')
const wire = (type: string, message: string): Json => ({ type: 'error', error: { type, message } })

test.each([
  [401, wire('authentication_error', 'invalid x-api-key'), 'provider-auth'],
  [403, wire('permission_error', 'no'), 'provider-auth'],
  [400, wire('invalid_request_error', 'Your credit balance is too low'), 'provider-no-credit'],
  [402, wire('billing_error', 'pay'), 'provider-no-credit'],
  [
    429,
    wire('rate_limit_error', 'This would exceed your rate limit of tokens'),
    'provider-rate-limited',
  ],
  [529, wire('overloaded_error', 'Overloaded'), 'provider-overloaded'],
  [200, wire('overloaded_error', 'Overloaded'), 'provider-overloaded'],
  [
    400,
    wire('invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum'),
    'context-too-long',
  ],
  [
    400,
    wire('invalid_request_error', 'input length and `max_tokens` exceed context limit: 9'),
    'context-too-long',
  ],
  [400, wire('invalid_request_error', 'messages.0.content: Field required'), 'rejected'],
  [
    400,
    wire('invalid_request_error', 'Output blocked by content filtering policy'),
    'content-blocked',
  ],
  [404, wire('not_found_error', 'model: nope-1'), 'provider-model-not-found'],
  [404, '<html>nginx</html>', 'provider-not-found'],
  [413, wire('request_too_large', 'Request exceeds the maximum size'), 'request-too-large'],
  [500, wire('api_error', 'Internal server error'), 'provider-failed'],
  [502, '<html>Bad gateway</html>', 'provider-failed'],
  [503, '', 'provider-overloaded'],
  [504, wire('timeout_error', 'slow'), 'provider-timeout'],
  [400, { message: 'bad thing' }, 'rejected'],
  [422, { detail: [{ loc: ['body'], msg: 'x' }] }, 'rejected'],
  [400, { error: 'Incorrect API key provided' }, 'provider-auth'],
  [500, [{ error: { message: 'x' } }], 'provider-failed'],
] as readonly [number, Json, ErrorKind][])('%i %j means %s', (status, body, kind) => {
  expect(decode(status, body).kind).toBe(kind)
})

test('the words of a refusal are passed on without what only the operator may know', () => {
  const refused = decode(
    400,
    wire('invalid_request_error', 'tools.0.name: bad in org 0a1b2c3d-0000-4000-8000-0123456789ab'),
  )
  expect(refused.message).toBe(
    'Provider "place" refused the request: tools.0.name: bad in org [redacted]',
  )
  expect(refused.param).toBe('tools.0.name')
  expect(refused.upstream?.status).toBe(400)
  expect(decode(401, wire('authentication_error', 'key abc of Acme')).message).not.toContain('Acme')
})

test('advice on when to come back is read in every form', () => {
  const body = wire('rate_limit_error', 'slow')
  expect(decode(429, body, { 'retry-after': '3' }).retryAfterMs).toBe(3000)
  expect(decode(429, body, { 'retry-after-ms': '250' }).retryAfterMs).toBe(250)
  expect(
    decode(429, body, {
      'retry-after': 'Fri, 20 Nov 2026 10:00:07 GMT',
      date: 'Fri, 20 Nov 2026 10:00:00 GMT',
    }).retryAfterMs,
  ).toBe(7000)
  expect(decode(429, body, { 'retry-after': 'soon' }).retryAfterMs).toBeUndefined()
})

test('every kind is shown in the API’s own shape', () => {
  for (const kind of Object.keys(errorTable) as ErrorKind[]) {
    const { status, body } = anthropic.error.encode(new GatewayError(kind, 'why'), 'request-1')
    expect(status).toBeGreaterThanOrEqual(400)
    expect(body).toMatchObject({ type: 'error', request_id: 'request-1' })
  }
  const shown = (kind: ErrorKind) => anthropic.error.encode(new GatewayError(kind, 'why'), 'r')
  expect(shown('provider-overloaded')).toMatchObject({
    status: 529,
    body: { error: { type: 'overloaded_error' } },
  })
  expect(shown('provider-auth')).toMatchObject({
    status: 502,
    body: { error: { type: 'api_error' } },
  })
  expect(shown('context-too-long').body).toMatchObject({
    error: { message: 'prompt is too long: why' },
  })
  expect(
    anthropic.error.encode(new GatewayError('rate-limited', 'x', { retryAfterMs: 1200 }), 'r')
      .headers,
  ).toEqual({ 'retry-after': '2' })
})

test('an opened stream ends with one error frame', () => {
  const [frame, ...more] = anthropic.error.frames(new GatewayError('internal', 'why'), 'r')
  expect(more).toEqual([])
  expect(frame?.event).toBe('error')
  expect(JSON.parse(frame?.data ?? '')).toEqual({
    type: 'error',
    error: { type: 'api_error', message: 'why' },
    request_id: 'r',
  })
})
