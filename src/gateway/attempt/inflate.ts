// Inflates what comes compressed although it was asked for plain, so that nobody downstream has to
// know. Synchronous streams do not exist in zlib; this is the one asynchronous step on the way.

import {
  brotliDecompressSync,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  gunzipSync,
  inflateSync,
} from 'node:zlib'
import type { HeaderFields } from '../../core/dialect.ts'

export type Inflater = {
  push(chunk: Uint8Array): void
  end(): void
  /** Nothing comes until `resume`: a little that is compressed may be very much. */
  pause(): void
  resume(): void
  destroy(): void
}

const gzip = { stream: createGunzip, whole: gunzipSync }
const makers = new Map([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['deflate', { stream: createInflate, whole: inflateSync }],
  ['br', { stream: createBrotliDecompress, whole: brotliDecompressSync }],
])

/** How a body is compressed; undefined when it is not. */
export function encodingOf(headers: HeaderFields): string | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase()
  return encoding === undefined || encoding === '' || encoding === 'identity' ? undefined : encoding
}

/** Calls back with plain bytes as they come, then once with the end or a failure; undefined for an encoding it cannot undo. */
export function createInflater(
  encoding: string,
  listener: { chunk(bytes: Uint8Array): void; end(): void; fail(error: Error): void },
): Inflater | undefined {
  const stream = makers.get(encoding)?.stream()
  if (!stream) return undefined
  stream.on('data', (chunk: Buffer) => listener.chunk(chunk))
  stream.on('end', () => listener.end())
  stream.on('error', (error) => listener.fail(error))
  return {
    push: (chunk) => stream.write(chunk),
    end: () => stream.end(),
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    destroy: () => stream.destroy(),
  }
}

/** The plain bytes of a whole body; throws when they cannot be had or are more than `maxBytes`. */
export function inflateWhole(
  headers: HeaderFields,
  bytes: Uint8Array,
  maxBytes: number,
): Uint8Array {
  const encoding = encodingOf(headers)
  if (encoding === undefined || bytes.length === 0) return bytes
  const maker = makers.get(encoding)
  if (!maker) throw new Error(`Content-Encoding "${encoding}" is not understood`)
  return maker.whole(bytes, { maxOutputLength: maxBytes })
}
