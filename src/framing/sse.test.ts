import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Frame } from '../core/dialect.ts'
import { maxFrameBytes } from './lines.ts'
import { sse } from './sse.ts'

const split = (...chunks: readonly (string | Uint8Array)[]): readonly Frame[] => splitAll(chunks)

const splitAll = (chunks: readonly (string | Uint8Array)[]): readonly Frame[] => {
  const frames: Frame[] = []
  const splitter = sse.createSplitter((frame) => frames.push(frame))
  for (const chunk of chunks)
    splitter.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
  splitter.end()
  return frames
}

const cut = (bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] => {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length]
  ends.sort((a, b) => a - b)
  return ends.map((end, position) => bytes.slice(ends[position - 1] ?? 0, end))
}

const streamText = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\n\r\n', '\r\r') },
      {
        weight: 6,
        arbitrary: fc.constantFrom('data: ', 'data:', 'data', 'event: ', 'event', ': ', 'id: 7'),
      },
      { weight: 4, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
      { weight: 1, arbitrary: fc.constantFrom('\ufeff', '\u2028', '\u0085', '😀', ' ', 'datax:') },
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''))

/** The same language, read the slow and obvious way from the whole text. */
const readWhole = (text: string): readonly Frame[] => {
  const frames: Frame[] = []
  let event = ''
  let content: string[] = []
  for (const line of `${text.replace(/^\ufeff/, '')}\n\n`.split(/\r\n|\r|\n/)) {
    const [, name, value] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? []
    if (line === '') {
      if (event !== '' && content.length > 0) frames.push({ event, data: content.join('\n') })
      if (event === '' && content.join('\n') !== '') frames.push({ data: content.join('\n') })
      event = ''
      content = []
    } else if (name === 'data') content.push(value ?? '')
    else if (name === 'event') event = value ?? ''
  }
  return frames
}

describe('the splitter', () => {
  test('reads names and contents', () => {
    expect(split('event: a\ndata: 1\n\ndata:2\n\n')).toEqual([
      { event: 'a', data: '1' },
      { data: '2' },
    ])
  })

  test('knows all three line ends, and no others', () => {
    expect(split('data: 1\r\n\r\ndata: 2\r\rdata: 3\n\n')).toHaveLength(3)
    expect(split('data: a\u2028b\u0085c\n\n')).toEqual([{ data: 'a\u2028b\u0085c' }])
  })

  test('joins several data lines', () => {
    expect(split('data: {\ndata:  "a":1\ndata: }\n\n')).toEqual([{ data: '{\n "a":1\n}' }])
  })

  test('drops comments, ids, unknown fields and a byte order mark', () => {
    expect(split('\ufeffdata: 1\n: hi\nid: 7\nretry: 5\ndatax: 2\n\n')).toEqual([{ data: '1' }])
  })

  test('drops a frame without data, and its name with it', () => {
    expect(split('event: lonely\n\ndata: 1\n\n')).toEqual([{ data: '1' }])
    expect(split('data:\n\ndata\n\n')).toEqual([])
    expect(split('event: done\ndata:\n\n')).toEqual([{ event: 'done', data: '' }])
  })

  test('emits what is left at the end, when it has data', () => {
    expect(split('data: 1\n\ndata: 2')).toEqual([{ data: '1' }, { data: '2' }])
    expect(split('data: 1\n\nevent: x\n')).toEqual([{ data: '1' }])
  })

  test('emits a frame as soon as its blank line is there, even after a lone return', () => {
    const frames: Frame[] = []
    const splitter = sse.createSplitter((frame) => frames.push(frame))
    splitter.push(Buffer.from('data: 1\r\n\r'))
    expect(frames).toEqual([{ data: '1' }])
    splitter.push(Buffer.from('\ndata: 2\r\n\r\n'))
    expect(frames).toHaveLength(2)
  })

  test('keeps code points whole that were cut between reads', () => {
    const bytes = new TextEncoder().encode('data: 😀é\n\n')
    for (let place = 0; place <= bytes.length; place += 1)
      expect(split(bytes.slice(0, place), bytes.slice(place))).toEqual([{ data: '😀é' }])
  })

  test('gives the same frames however the bytes are split', () => {
    fc.assert(
      fc.property(streamText, fc.array(fc.nat(), { maxLength: 12 }), (text, places) => {
        const bytes = new TextEncoder().encode(text)
        const expected = readWhole(text)
        expect(split(bytes)).toEqual(expected)
        expect(splitAll(cut(bytes, places))).toEqual(expected)
        expect(splitAll(cut(bytes, [...bytes.keys()]))).toEqual(expected)
      }),
      { numRuns: 1000 },
    )
  })

  test('does not keep bytes of a chunk its owner may write to again', () => {
    const frames: Frame[] = []
    const splitter = sse.createSplitter((frame) => frames.push(frame))
    const chunk = Buffer.from('data: abc')
    splitter.push(chunk)
    chunk.fill(0)
    splitter.push(Buffer.from('\n\n'))
    expect(frames).toEqual([{ data: 'abc' }])
  })

  test('reads a long frame that comes in small chunks', () => {
    const content = 'x'.repeat(4 * 1024 * 1024)
    const bytes = Buffer.from(`data: ${content}\n\n`)
    const chunks: Uint8Array[] = []
    for (let at = 0; at < bytes.length; at += 100) chunks.push(bytes.subarray(at, at + 100))
    expect(splitAll(chunks)[0]?.data.length).toBe(content.length)
  })

  test.each([
    ['in one line', ['data: ', ...Array<string>(17).fill('x'.repeat(1024 * 1024))]],
    ['in many lines', Array<string>(17).fill(`data: ${'x'.repeat(1024 * 1024)}\n`)],
    ['in one chunk', [`data: ${'x'.repeat(maxFrameBytes)}\n\n`]],
  ])('refuses a frame beyond the bound, %s', (_name, chunks) => {
    expect(() => splitAll(chunks)).toThrow(
      expect.objectContaining({ kind: 'provider-invalid-response' }),
    )
  })

  test('counts the bound by frame, not by stream, and not for comments', () => {
    const filler = `${': ping\n'.repeat(1000)}data: ${'x'.repeat(1024 * 1024)}\n\n`
    expect(splitAll(Array<string>(20).fill(filler))).toHaveLength(20)
  })
})

describe('encode', () => {
  test('writes a name, and a line for each line of the content', () => {
    expect(sse.encode({ event: 'a', data: '{"b":1}' })).toBe('event: a\ndata: {"b":1}\n\n')
    expect(sse.encode({ data: 'a\nb' })).toBe('data: a\ndata: b\n\n')
  })

  test('is undone by the splitter', () => {
    const text = fc.string({ unit: 'binary' })
    const frame = fc
      .record({ data: text, event: fc.option(text, { nil: undefined }) })
      .filter(({ data, event }) => data !== '' || (event ?? '') !== '')
      .map(({ data, event }): Frame => (event === undefined ? { data } : { event, data }))
    const asRead = ({ event, data }: Frame): Frame => ({
      ...(event ? { event: event.replace(/\r\n|\r|\n/g, ' ') } : {}),
      data: data.replace(/\r\n|\r|\n/g, '\n'),
    })
    fc.assert(
      fc.property(fc.array(frame), (frames) => {
        const readable = frames.map(asRead).filter(({ event, data }) => event || data !== '')
        expect(split(frames.map(sse.encode).join(''))).toEqual(readable)
      }),
    )
  })

  test('writes comments that no reader sees', () => {
    expect(sse.comment?.('keep\nalive')).toBe(': keep alive\n\n')
    expect(split(sse.comment?.('x') ?? '')).toEqual([])
  })
})

describe('boundary', () => {
  const boundary = (text: string): number => sse.boundary(new TextEncoder().encode(text))

  test.each([
    ['data: 1\n\n', 9],
    ['data: 1\n\ndata: 2', 9],
    ['data: 1\n\ndata: 2\n', 9],
    ['data: 1\r\n\r\ndata: 2\r\n', 11],
    ['data: 1\r\n\r\n', 11],
    ['data: 1\r\r', 9],
    ['data: 1\r\rdata', 9],
    ['data: 1\r\n\r', 0],
    ['data: 1\r\n\n', 10],
    ['data: 1\n', 0],
    ['', 0],
    ['\n', 0],
  ])('of %j is %i', (text, expected) => {
    expect(boundary(text)).toBe(expected)
  })

  test('cuts a stream without changing its frames', () => {
    fc.assert(
      fc.property(streamText, (text) => {
        // A mark where the second half starts would be dropped there, and only there.
        const bytes = new TextEncoder().encode(text.replaceAll('\ufeff', ''))
        const end = sse.boundary(bytes)
        expect([...split(bytes.slice(0, end)), ...split(bytes.slice(end))]).toEqual(split(bytes))
        const frames: Frame[] = []
        sse.createSplitter((frame) => frames.push(frame)).push(bytes.slice(0, end))
        expect(frames).toEqual(split(bytes.slice(0, end)))
      }),
      { numRuns: 1000 },
    )
  })
})

const recordings = process.env['DRAGOMAN_RECORDINGS']

describe.runIf(recordings !== undefined)('recorded streams', () => {
  const files = readdirSync(recordings ?? '.', { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.sse'),
  )

  test.each(files)('%s', (file) => {
    const bytes = readFileSync(join(recordings ?? '.', file))
    const expected = readWhole(bytes.toString('utf8'))
    expect(expected.length).toBeGreaterThan(0)
    expect(split(bytes)).toEqual(expected)
    for (const size of [1, 7, 100, 4096]) {
      const chunks: Uint8Array[] = []
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
      expect(splitAll(chunks)).toEqual(expected)
    }
    expect(split(expected.map(sse.encode).join(''))).toEqual(expected)
  })
})
