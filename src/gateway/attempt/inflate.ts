// Inflates what comes compressed although it was asked for plain, so that nobody downstream has to
// know. Synchronous streams do not exist in zlib; this is the one asynchronous step on the way.

import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

export type Inflater = { push(chunk: Uint8Array): void; end(): void; destroy(): void }

const makers = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/** True for an encoding this can undo. */
export const canInflate = (encoding: string): encoding is keyof typeof makers => encoding in makers

/** Calls back with plain bytes as they come, then once with the end or a failure. */
export function createInflater(
  encoding: keyof typeof makers,
  listener: { chunk(bytes: Uint8Array): void; end(): void; fail(error: Error): void },
): Inflater {
  const stream = makers[encoding]()
  stream.on('data', (chunk: Buffer) => listener.chunk(chunk))
  stream.on('end', () => listener.end())
  stream.on('error', (error) => listener.fail(error))
  return {
    push: (chunk) => stream.write(chunk),
    end: () => stream.end(),
    destroy: () => stream.destroy(),
  }
}
