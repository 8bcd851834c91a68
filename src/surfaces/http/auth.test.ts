import { describe, expect, test } from 'vitest'
import { Secret } from '../../core/secret.ts'
import { createCancellation } from '../../core/services.ts'
import type { ServerSettings } from '../../gateway/parts.ts'
import { authenticate, credentialOf } from './auth.ts'
import type { Exchange } from './exchange.ts'

const settings = (changes: Partial<ServerSettings> = {}): ServerSettings => ({
  host: '127.0.0.1',
  port: 8081,
  keys: [],
  allowedHosts: [],
  allowedOrigins: [],
  allowOpen: false,
  maxBodyBytes: 1024,
  requestTimeoutMs: 1000,
  ...changes,
})
const keyed = settings({
  keys: ['one', 'two'].map((id) => ({ id, secret: new Secret(`secret-${id}`, id) })),
})
const exchange = (headers: Record<string, string>, isPeerLoopback = true): Exchange => ({
  method: 'POST',
  path: '/',
  query: '',
  headers: { host: '127.0.0.1:8081', ...headers },
  isPeerLoopback,
  readBody: async () => new Uint8Array(),
  cancellation: createCancellation(),
})
const enter = (
  headers: Record<string, string>,
  given: ServerSettings = settings(),
  isPeerLoopback = true,
): string => authenticate(exchange(headers, isPeerLoopback), given).id

describe('a credential', () => {
  test.each([
    [{ authorization: 'Bearer k' }, 'k'],
    [{ authorization: 'bearer   k ' }, 'k'],
    [{ authorization: 'k' }, 'k'],
    [{ authorization: 'Bearer' }, undefined],
    [{ authorization: '' }, undefined],
    [{ 'x-api-key': 'a', authorization: 'Bearer b' }, 'a'],
    [{ 'x-api-key': ' ', authorization: 'Bearer b' }, 'b'],
    [{ 'x-api-key': '', 'api-key': 'c' }, 'c'],
    [{ 'x-goog-api-key': 'd' }, 'd'],
    [{}, undefined],
  ])('of %j is %j', (headers, credential) => {
    expect(credentialOf(headers)).toBe(credential)
  })
})

describe('with keys', () => {
  test('each key names its caller, from anywhere and under any host name', () => {
    const headers = { host: 'any.example', 'x-forwarded-for': '10.0.0.1' }
    expect(enter({ ...headers, 'x-api-key': 'secret-one' }, keyed, false)).toBe('one')
    expect(enter({ ...headers, authorization: 'Bearer secret-two' }, keyed, false)).toBe('two')
  })

  test.each(['', 'secret', 'secret-one ', 'secret-oneX', 'SECRET-ONE', 'secret-\u0000one'])(
    '%j is not one of them, or is once it is trimmed',
    (key) => {
      if (key.trim() === 'secret-one') expect(enter({ 'x-api-key': key }, keyed)).toBe('one')
      else {
        const refused = expect.objectContaining({ kind: 'unauthorized', message: 'Unauthorized' })
        expect(() => enter({ 'x-api-key': key }, keyed)).toThrow(refused)
      }
    },
  )

  test('a request without any is refused, local or not', () => {
    expect(() => enter({}, keyed)).toThrow(expect.objectContaining({ status: 401 }))
  })
})

describe('without keys', () => {
  const refused = expect.objectContaining({ kind: 'forbidden' })

  test.each([
    '127.0.0.1',
    'localhost:3000',
    'LOCALHOST',
    '[::1]:8081',
    '127.9.9.9',
    'host.docker.internal',
  ])('the host %s is this machine', (host) => {
    expect(enter({ host })).toBe('anonymous')
  })

  test.each([
    'attacker.example',
    'localhost.attacker.example',
    '127.0.0.1.attacker.example',
    'attacker.example#localhost',
    '10.0.0.5',
    '',
  ])('a page that rebinds its name %j to this machine is not let in', (host) => {
    expect(() => enter({ host })).toThrow(refused)
    expect(() => enter({ host, origin: `http://${host}` })).toThrow(refused)
  })

  test.each([
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'forwarded',
    'x-real-ip',
    'cf-connecting-ip',
    'true-client-ip',
  ])('who comes through a proxy (%s) is not local', (header) => {
    expect(() => enter({ [header]: '127.0.0.1' })).toThrow(refused)
  })

  test('who is not on this machine is refused, whatever host it names', () => {
    expect(() => enter({ host: 'localhost' }, settings(), false)).toThrow(refused)
  })

  test.each(['https://elsewhere.example', 'null', 'http://localhost:3000', 'http://127.0.0.1'])(
    'a page of the origin %s is not ours',
    (origin) => {
      expect(() => enter({ origin })).toThrow(refused)
      expect(enter({ origin }, settings({ allowedOrigins: [origin] }))).toBe('anonymous')
    },
  )

  test('a page we serve ourselves may call, by names that are allowed too', () => {
    expect(enter({ origin: 'http://127.0.0.1:8081' })).toBe('anonymous')
    const named = settings({ allowedHosts: ['Gate.lan'] })
    expect(enter({ host: 'gate.lan:8081', origin: 'http://gate.lan:8081' }, named)).toBe(
      'anonymous',
    )
  })

  test('a gateway that is open on purpose takes all but foreign pages', () => {
    const open = settings({ allowOpen: true })
    expect(enter({ host: '10.0.0.5:8081' }, open, false)).toBe('anonymous')
    expect(() => enter({ origin: 'https://elsewhere.example' }, open, false)).toThrow(refused)
  })

  test('any credential is taken, and tells callers apart without being kept', () => {
    const [one, two] = ['Bearer k1', 'Bearer k2'].map((authorization) => enter({ authorization }))
    expect(one).toMatch(/^guest-[0-9a-f]{12}$/)
    expect(two).not.toBe(one)
    expect(one).not.toContain('k1')
  })
})
