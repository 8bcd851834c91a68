// Cuts bytes into lines, however they were split on the way. Lines are cut before they are decoded,
// so that a code point split between two reads is whole again when its line is.

import { GatewayError } from '../core/error.ts'

/** The most bytes one frame may have: far above any real one, far below what would hurt. */
export const maxFrameBytes = 16 * 1024 * 1024

/** One line, without its end: `bytes[start, end)`. The bytes are only good during the call. */
export type OnLine = (bytes: Buffer, start: number, end: number) => void

export type LineCutter = {
  push(chunk: Uint8Array): void
  /** Gives what is left as the last line, if there is anything. */
  end(): void
}

const lineFeed = 10
const carriageReturn = 13
const smallBytes = 1024
const keptBytes = 64 * 1024

/** The error for a frame beyond the bound. */
export const frameTooLarge = (): GatewayError =>
  new GatewayError(
    'provider-invalid-response',
    `The provider sent a single frame of more than ${maxFrameBytes} bytes, which no answer needs`,
  )

/** The same memory as a Buffer: its searches and decoders are native. */
export const toBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Lines end at `\n`, and where `endsAtReturn` at `\r\n` and a lone `\r` too. */
export function createLineCutter(endsAtReturn: boolean, onLine: OnLine): LineCutter {
  const tail = createTail()
  // A `\r` ends its line at once; the `\n` that may follow, perhaps in the next chunk, is its second half.
  let skipsLineFeed = false

  const give = (bytes: Buffer, start: number, end: number): void => {
    if (tail.length === 0) {
      if (end - start > maxFrameBytes) throw frameTooLarge()
      onLine(bytes, start, end)
      return
    }
    tail.append(bytes, start, end)
    const length = tail.length
    onLine(tail.take(), 0, length)
  }

  return {
    push: (chunk) => {
      const bytes = toBuffer(chunk)
      const length = bytes.length
      let position = 0
      if (skipsLineFeed && length > 0) {
        skipsLineFeed = false
        if (bytes[0] === lineFeed) position = 1
      }
      let nextReturn = endsAtReturn ? find(bytes, carriageReturn, position) : Infinity
      while (position < length) {
        if (nextReturn < position) nextReturn = find(bytes, carriageReturn, position)
        const nextFeed = bytes[position] === lineFeed ? position : find(bytes, lineFeed, position)
        const end = Math.min(nextFeed, nextReturn)
        if (end === Infinity) {
          tail.append(bytes, position, length)
          return
        }
        give(bytes, position, end)
        position = end + 1
        if (end !== nextReturn) continue
        if (position === length) skipsLineFeed = true
        else if (bytes[position] === lineFeed) position += 1
      }
    },
    end: () => {
      const length = tail.length
      if (length > 0) onLine(tail.take(), 0, length)
    },
  }
}

function find(bytes: Buffer, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from)
  return at < 0 ? Infinity : at
}

type Tail = {
  readonly length: number
  append(bytes: Buffer, start: number, end: number): void
  /** The bytes so far, from 0; the tail is then empty. Good until the next append. */
  take(): Buffer
}

// The beginning of a line whose end has not come. It doubles as it grows, so a long line that comes
// in small chunks is copied a few times, not once a chunk.
function createTail(): Tail {
  let held = Buffer.alloc(0)
  const tail: { -readonly [Field in keyof Tail]: Tail[Field] } = {
    length: 0,
    append: (bytes, start, end) => {
      const needed = tail.length + end - start
      if (needed > maxFrameBytes) throw frameTooLarge()
      if (needed > held.length) {
        const grown = Buffer.allocUnsafeSlow(Math.max(smallBytes, needed * 2))
        held.copy(grown, 0, 0, tail.length)
        held = grown
      }
      bytes.copy(held, tail.length, start, end)
      tail.length = needed
    },
    take: () => {
      const taken = held
      tail.length = 0
      if (held.length > keptBytes) held = Buffer.alloc(0)
      return taken
    },
  }
  return tail
}
