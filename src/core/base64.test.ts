import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromBase64, fromUtf8, toBase64Url } from './base64.ts'

const toBytes = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => String.fromCharCode(byte)).join('')

test('bytes come out as the platform writes them and go back in', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = toBase64Url(toBytes(bytes))
      expect(text).toBe(Buffer.from(bytes).toString('base64url'))
      expect(fromBase64(text)).toBe(toBytes(bytes))
      expect(fromBase64(Buffer.from(bytes).toString('base64'))).toBe(toBytes(bytes))
    }),
  )
})

test('UTF-8 is read as the platform reads it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(fromUtf8(toBytes(Buffer.from(text, 'utf8')))).toBe(text)
    }),
  )
})

test('what is not base64 or not UTF-8 gives nothing', () => {
  expect(fromBase64('ab*d')).toBeUndefined()
  expect(fromBase64('abcde')).toBeUndefined()
  expect(fromUtf8('\xff\xfe')).toBeUndefined()
})
