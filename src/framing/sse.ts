// Server-sent events (WHATWG HTML, "Interpreting an event stream"), read as tolerantly as providers
// write them: what has no data is dropped, what is left at the end counts.

import type { EmitFrame, Frame } from '../core/dialect.ts'
import type { Framing, Splitter } from '../core/framing.ts'
import { createLineCutter, frameTooLarge, maxFrameBytes, toBuffer } from './lines.ts'

const space = 32
const colon = 58
const lineFeed = 10
const carriageReturn = 13
const dataField = Buffer.from('data')
const eventField = Buffer.from('event')
const lineEnds = /\r\n|\r|\n/

/**
 * `event` and `data` of each event; `id`, `retry` and comments are dropped. An event that has neither
 * a name nor any content is a keep-alive and is dropped too.
 */
export const sse: Framing = {
  id: 'sse',
  contentType: 'text/event-stream',
  createSplitter,
  encode: ({ event, data }) => {
    const head = event === undefined ? '' : `event: ${onOneLine(event)}\n`
    if (data.includes('\n') || data.includes('\r'))
      return `${head}data: ${data.split(lineEnds).join('\ndata: ')}\n\n`
    return `${head}data: ${data}\n\n`
  },
  comment: (text) => `: ${onOneLine(text)}\n\n`,
  boundary,
}

const onOneLine = (text: string): string => text.split(lineEnds).join(' ')

function createSplitter(emit: EmitFrame): Splitter {
  let event = ''
  let content: string | undefined
  let contentBytes = 0
  let isFirstLine = true

  const finishFrame = (): void => {
    const frame = toFrame(event, content)
    event = ''
    content = undefined
    contentBytes = 0
    if (frame) emit(frame)
  }

  const cutter = createLineCutter(true, (bytes, lineStart, end) => {
    let start = lineStart
    if (isFirstLine) {
      isFirstLine = false
      if (hasByteOrderMark(bytes, start, end)) start += 3
    }
    if (start === end) return finishFrame()
    if (isField(bytes, start, end, dataField)) {
      contentBytes += end - start
      if (contentBytes > maxFrameBytes) throw frameTooLarge()
      const line = fieldValue(bytes, start + 4, end)
      content = content === undefined ? line : `${content}\n${line}`
    } else if (isField(bytes, start, end, eventField)) {
      event = fieldValue(bytes, start + 5, end)
    }
  })

  return {
    push: cutter.push,
    end: () => {
      cutter.end()
      finishFrame()
    },
  }
}

function toFrame(event: string, content: string | undefined): Frame | undefined {
  if (content === undefined) return undefined
  if (event !== '') return { event, data: content }
  return content === '' ? undefined : { data: content }
}

const hasByteOrderMark = (bytes: Buffer, start: number, end: number): boolean =>
  end - start >= 3 &&
  bytes[start] === 0xef &&
  bytes[start + 1] === 0xbb &&
  bytes[start + 2] === 0xbf

/** True when the line is the field `name`, with or without a value; bytes compare faster than text. */
function isField(bytes: Buffer, start: number, end: number, name: Buffer): boolean {
  const after = start + name.length
  if (after > end || (after < end && bytes[after] !== colon)) return false
  for (let offset = 0; offset < name.length; offset += 1) {
    if (bytes[start + offset] !== name[offset]) return false
  }
  return true
}

/** What follows the colon at `at`, less one space. */
function fieldValue(bytes: Buffer, at: number, end: number): string {
  const start = bytes[at + 1] === space ? at + 2 : at + 1
  return start < end ? bytes.toString('utf8', start, end) : ''
}

function boundary(bytes: Uint8Array): number {
  const length = bytes.length
  // Nearly every chunk ends where an event ends.
  if (length > 1 && bytes[length - 1] === lineFeed && bytes[length - 2] === lineFeed) return length
  const buffer = toBuffer(bytes)
  if (buffer.indexOf(carriageReturn) < 0) {
    const last = buffer.lastIndexOf('\n\n')
    return last < 0 ? 0 : last + 2
  }
  for (let end = length; end > 1; end -= 1) {
    if (endsBlankLine(bytes, end)) return end
  }
  return 0
}

/** True when the bytes before `end` are two line ends, whichever they are. */
function endsBlankLine(bytes: Uint8Array, end: number): boolean {
  const last = bytes[end - 1]
  if (last === carriageReturn) {
    const before = bytes[end - 2]
    // The second half of `\r\n` may still come or comes next.
    if (end === bytes.length) return before === carriageReturn
    return bytes[end] !== lineFeed && (before === lineFeed || before === carriageReturn)
  }
  if (last !== lineFeed) return false
  const before = bytes[end - 2]
  if (before !== carriageReturn) return before === lineFeed
  return end > 2 && (bytes[end - 3] === lineFeed || bytes[end - 3] === carriageReturn)
}
