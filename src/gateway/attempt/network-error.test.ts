import { expect, test } from 'vitest'
import { toNetworkError } from './network-error.ts'

const failure = (code: string, cause?: Error): Error =>
  Object.assign(new Error('it failed', { cause }), code === '' ? {} : { code })

test.each([
  ['ECONNREFUSED', 'refused the connection'],
  ['ENOTFOUND', 'does not resolve'],
  ['UND_ERR_CONNECT_TIMEOUT', 'did not accept a connection in time'],
  ['UND_ERR_SOCKET', 'broke the connection'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate'],
  ['HPE_INVALID_CONSTANT', 'not HTTP'],
  ['constructor', 'could not be reached (constructor)'],
  ['', 'could not be reached'],
])('%s is told in words', (code, words) => {
  const error = toNetworkError(failure(code), 'lab', false)
  expect(error.kind).toBe('provider-unreachable')
  expect(error.message).toContain(`"lab" ${''}`)
  expect(error.message).toContain(words)
})

test('the code may lie a cause deeper', () => {
  expect(toNetworkError(failure('', failure('ECONNRESET')), 'lab', false).message).toContain(
    'broke the connection (ECONNRESET)',
  )
})

test('after the head it is an answer that was cut off', () => {
  expect(toNetworkError(failure('ECONNRESET'), 'lab', true).kind).toBe('provider-truncated')
})
