import { validateHeaderValue } from 'node:http'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Dialect } from '../core/dialect.ts'
import type { Profile } from '../core/profile.ts'
import {
  forwardedHeaders,
  hopsOf,
  hopWith,
  joinHeaders,
  shownHeaders,
  toHeaderValue,
} from './headers.ts'

const dialect = {
  request: {
    headers: ['x-version', 'x-beta'],
    filterHeader: (name: string, value: string) => (name === 'x-beta' ? value.trim() : value),
  },
  response: { headers: ['x-request-id', 'x-limit-*'] },
} as unknown as Dialect
const profile = {} as Profile

test('only headers of the dialect’s list are sent on, filtered, and never a credential', () => {
  const headers = {
    'x-version': '1',
    'x-beta': ' ',
    authorization: 'Bearer secret',
    cookie: 'a=b',
    'x-router-strict': '1',
  }
  expect(forwardedHeaders(headers, dialect, profile)).toEqual({ 'x-version': '1' })
})

test('of an answer’s headers those on the list are shown, by name or by prefix', () => {
  const headers = {
    'x-request-id': 'r',
    'x-limit-left': '3',
    'x-limitless': 'no',
    'set-cookie': 'a=b',
  }
  expect(shownHeaders(headers, dialect)).toEqual({ 'x-request-id': 'r', 'x-limit-left': '3' })
})

test('any text can be borne by a header, short and unchanged where it can be', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const value = toHeaderValue(text)
      validateHeaderValue('x-any', value)
      expect(value).toMatch(/^[\x20-\x7e]*$/)
      if (/^[\x20-\x7e]{0,256}$/.test(text)) expect(value).toBe(text)
    }),
  )
  expect(toHeaderValue('мир\r\nx: 1')).toBe('%D0%BC%D0%B8%D1%80%0D%0Ax: 1')
  expect(toHeaderValue('\ud800')).toBe('%EF%BF%BD')
  expect(toHeaderValue('a'.repeat(9000))).toHaveLength(256)
})

test('lists in both header sets become one without repeats', () => {
  expect(joinHeaders({ a: 'x,y', b: '1' }, { a: 'y, z', c: '2' })).toEqual({
    a: 'x,y,z',
    b: '1',
    c: '2',
  })
})

test('a request lists the gateways it has passed, and nothing else a client may write there', () => {
  const [one, two] = ['aaaaaaaaaaaa', 'bbbbbbbbbbb-']
  const incoming = { 'dragoman-hop': `${one}, nonsense, ${'x'.repeat(5000)}` }
  expect(hopWith({}, two)).toBe(two)
  expect(hopWith(incoming, two)).toBe(`${one}, ${two}`)
  expect(hopsOf({ 'dragoman-hop': hopWith(incoming, two) })).toEqual([one, two])
  expect(hopsOf({})).toEqual([])
  expect(hopsOf({ 'dragoman-hop': `${one},`.repeat(1000) })).toHaveLength(16)
})
