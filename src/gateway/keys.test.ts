import { expect, test } from 'vitest'
import { GatewayError } from '../core/error.ts'
import type { Upstream } from '../core/provider.ts'
import { Secret } from '../core/secret.ts'
import { createKeyRing } from './keys.ts'

const [a, b, c] = ['a', 'b', 'c'].map((name) => new Secret(name, name)) as [Secret, Secret, Secret]
const place = (id: string, ...keys: Secret[]): Upstream => ({ id, keys }) as unknown as Upstream
const none: ReadonlySet<Secret> = new Set()
const refused = new GatewayError('provider-auth', 'no')
const limited = (retryAfterMs?: number): GatewayError =>
  new GatewayError('provider-rate-limited', 'slow down', { retryAfterMs })

const create = () => {
  let now = 0
  const ring = createKeyRing({ monotonic: () => now })
  const pass = (ms: number): void => {
    now += ms
  }
  return { ring, pass }
}

test('keys take turns, each place for itself', () => {
  const { ring } = create()
  const lab = place('lab', a, b)
  expect([1, 2, 3, 4].map(() => ring.pick(lab, none))).toEqual([a, b, a, b])
  expect(ring.pick(place('other', b, a), none)).toBe(b)
})

test('a benched key is passed over until its time is up, then comes back', () => {
  const { ring, pass } = create()
  const lab = place('lab', a, b)
  ring.bench(lab, a, limited(5000))
  expect([1, 2, 3].map(() => ring.pick(lab, none))).toEqual([b, b, b])
  pass(5001)
  expect(new Set([ring.pick(lab, none), ring.pick(lab, none)])).toEqual(new Set([a, b]))
})

test('a refused key rests longer than a limited one', () => {
  const { ring, pass } = create()
  const lab = place('lab', a, b, c)
  ring.bench(lab, a, refused)
  ring.bench(lab, b, limited())
  pass(31_000)
  const seen = new Set([1, 2, 3, 4].map(() => ring.pick(lab, none)))
  expect(seen).toEqual(new Set([b, c]))
})

test('when all are benched the one whose time is up first is tried', () => {
  const { ring } = create()
  const lab = place('lab', a, b)
  ring.bench(lab, a, limited(9000))
  ring.bench(lab, b, limited(1000))
  expect(ring.hasFresh(lab, none)).toBe(false)
  expect(ring.pick(lab, none)).toBe(b)
  expect(ring.pick(lab, new Set([b]))).toBe(a)
})

test('a key is benched at its own place only, and known again by its value after a reload', () => {
  const { ring } = create()
  ring.bench(place('lab', a, b), a, refused)
  const reloaded = place('lab', new Secret('a', 'again'), b)
  expect(ring.pick(reloaded, none)).toBe(b)
  expect(ring.hasFresh(place('other', a), none)).toBe(true)
})

test('a place without keys gives none, one with a single key always that', () => {
  const { ring } = create()
  expect(ring.pick(place('open'), none)).toBeUndefined()
  const single = place('single', a)
  ring.bench(single, a, refused)
  expect(ring.pick(single, none)).toBe(a)
  expect(ring.pick(single, new Set([a]))).toBeUndefined()
})
