// Newline-delimited JSON: one value a line, no names, no comments, no mark at the end.

import type { EmitFrame } from '../core/dialect.ts'
import type { Framing, Splitter } from '../core/framing.ts'
import { createLineCutter, toBuffer } from './lines.ts'

const byteOrderMark = '\ufeff'

/** A frame a line; blank lines are dropped, and so are the names of frames when they are written. */
export const ndjson: Framing = {
  id: 'ndjson',
  contentType: 'application/x-ndjson',
  createSplitter,
  // Inside JSON a raw line end can only be white space between tokens.
  encode: ({ data }) => `${/[\r\n]/.test(data) ? data.replace(/[\r\n]+/g, ' ') : data}\n`,
  boundary: (bytes) => toBuffer(bytes).lastIndexOf(10) + 1,
}

function createSplitter(emit: EmitFrame): Splitter {
  let isFirstLine = true
  return createLineCutter(false, (bytes, start, end) => {
    let line = bytes.toString('utf8', start, end)
    if (isFirstLine && line.startsWith(byteOrderMark)) line = line.slice(1)
    isFirstLine = false
    const trimmed = line.trim()
    if (trimmed !== '') emit({ data: trimmed })
  })
}
