import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Frame } from '../core/dialect.ts'
import { framings } from './index.ts'
import { ndjson } from './ndjson.ts'

const split = (...chunks: readonly (string | Uint8Array)[]): readonly Frame[] => splitAll(chunks)

const splitAll = (chunks: readonly (string | Uint8Array)[]): readonly Frame[] => {
  const frames: Frame[] = []
  const splitter = ndjson.createSplitter((frame) => frames.push(frame))
  for (const chunk of chunks)
    splitter.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
  splitter.end()
  return frames
}

test('each framing is found by its own id', () => {
  expect(framings.map(({ id }) => id)).toEqual(['sse', 'ndjson'])
})

test('reads a frame a line, and what is left at the end', () => {
  expect(split('{"a":1}\n\r\n {"b":2} \r\n\n{"c":3}')).toEqual([
    { data: '{"a":1}' },
    { data: '{"b":2}' },
    { data: '{"c":3}' },
  ])
})

test('drops a byte order mark', () => {
  expect(split('\ufeff{}\n')).toEqual([{ data: '{}' }])
})

test('writes one line, even of JSON that was written over several', () => {
  expect(ndjson.encode({ event: 'x', data: '{\n  "a": 1\n}' })).toBe('{   "a": 1 }\n')
})

test('gives the same values however the bytes are split', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.nat(), (values, place) => {
      const text = values.map((value) => ndjson.encode({ data: JSON.stringify(value) })).join('')
      const bytes = new TextEncoder().encode(text)
      const middle = place % (bytes.length + 1)
      const frames = split(bytes.slice(0, middle), bytes.slice(middle))
      expect(frames).toEqual(values.map((value) => ({ data: JSON.stringify(value) })))
      expect(splitAll([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(frames)
    }),
  )
})

test('its boundary is after the last line end', () => {
  const boundary = (text: string): number => ndjson.boundary(new TextEncoder().encode(text))
  expect([boundary('{}\n{'), boundary('{}\n'), boundary('{'), boundary('')]).toEqual([3, 3, 0, 0])
})

test('refuses a line beyond the bound', () => {
  expect(() => splitAll(Array<string>(17).fill('x'.repeat(1024 * 1024)))).toThrow(
    expect.objectContaining({ kind: 'provider-invalid-response' }),
  )
})

const recordings = process.env['DRAGOMAN_RECORDINGS']

describe.runIf(recordings !== undefined)('recorded streams', () => {
  const files = readdirSync(recordings ?? '.', { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ndjson'),
  )

  test.each(files)('%s', (file) => {
    const bytes = readFileSync(join(recordings ?? '.', file))
    const lines = bytes
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
    const frames = splitAll([...bytes].map((byte) => Uint8Array.of(byte)))
    expect(frames.map(({ data }) => data)).toEqual(lines.map((line) => line.trim()))
    for (const { data } of frames) expect(() => JSON.parse(data)).not.toThrow()
  })
})
