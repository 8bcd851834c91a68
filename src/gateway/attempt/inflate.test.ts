import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createInflater, encodingOf, inflateWhole } from './inflate.ts'

const packers = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const

const unpack = (encoding: string, pieces: readonly Uint8Array[]): Promise<Buffer | Error> =>
  new Promise((resolve) => {
    const chunks: Uint8Array[] = []
    const inflater = createInflater(encoding, {
      chunk: (bytes) => chunks.push(bytes),
      end: () => resolve(Buffer.concat(chunks)),
      fail: resolve,
    })
    for (const piece of pieces) inflater?.push(piece)
    inflater?.end()
  })

test.each(packers)('%s comes out as it went in, however it was split', async (encoding, pack) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), fc.nat(), async (bytes, place) => {
      const packed = pack(bytes)
      const middle = place % (packed.length + 1)
      const pieces = [packed.subarray(0, middle), packed.subarray(middle)]
      expect(await unpack(encoding, pieces)).toEqual(Buffer.from(bytes))
      const headers = { 'content-encoding': encoding.toUpperCase() }
      expect(Buffer.from(inflateWhole(headers, packed, 10_000))).toEqual(Buffer.from(bytes))
    }),
    { numRuns: 20 },
  )
})

test.each(packers)('%s that is broken or cut off fails', async (encoding, pack) => {
  const packed = pack(Buffer.from('a text that is long enough to be cut in the middle'))
  expect(await unpack(encoding, [packed.subarray(0, -6)])).toBeInstanceOf(Error)
  expect(await unpack(encoding, [Buffer.from('{"plain":1}')])).toBeInstanceOf(Error)
})

test('nothing comes while it is paused, however much a little is', async () => {
  const packed = gzipSync(Buffer.alloc(50 * 1024 * 1024))
  let bytes = 0
  await new Promise<void>((resolve, reject) => {
    const inflater = createInflater('gzip', {
      chunk: (chunk) => {
        const isFirst = bytes === 0
        bytes += chunk.length
        if (!isFirst) return
        inflater?.pause()
        setTimeout(() => {
          expect(bytes).toBeLessThan(1024 * 1024)
          inflater?.resume()
        }, 30)
      },
      end: resolve,
      fail: reject,
    })
    inflater?.push(packed)
    inflater?.end()
  })
  expect(bytes).toBe(50 * 1024 * 1024)
})

test('what nobody knows is not undone, and a whole that is too much is refused', () => {
  const listener = { chunk: () => {}, end: () => {}, fail: () => {} }
  for (const encoding of ['zstd', 'constructor', '__proto__'])
    expect(createInflater(encoding, listener)).toBeUndefined()
  const headers = { 'content-encoding': 'gzip' }
  expect(() => inflateWhole(headers, gzipSync(Buffer.alloc(5000)), 4999)).toThrow()
  expect(() => inflateWhole({ 'content-encoding': 'zstd' }, Buffer.from('x'), 9)).toThrow()
})

test('plain is plain by any name', () => {
  for (const value of [undefined, '', ' ', 'identity', 'Identity'])
    expect(encodingOf({ 'content-encoding': value })).toBeUndefined()
  expect(encodingOf({ 'content-encoding': ' GZip ' })).toBe('gzip')
})
