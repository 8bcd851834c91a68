// Reads HTTP/1.1 answers from a socket's bytes, however they are cut: a gateway may cut anywhere.

/** `listener`: `head(status)`, `body(bytes)`, `end()`; one answer after the other. */
export function createHttpReader(listener) {
  let state = 'head'
  let held
  let line = ''
  let left = 0

  const readHead = (bytes) => {
    const all = held ? Buffer.concat([held, bytes]) : bytes
    const end = all.indexOf('\r\n\r\n')
    if (end < 0) {
      held = all
      return bytes.length
    }
    const taken = end + 4 - (held?.length ?? 0)
    held = undefined
    const head = all.latin1Slice(0, end)
    const length = /\r\ncontent-length:\s*(\d+)/i.exec(head)
    left = length ? Number(length[1]) : 0
    state = /\r\ntransfer-encoding:\s*chunked/i.test(head)
      ? 'size'
      : length
        ? 'length'
        : 'until-close'
    listener.head(Number(head.slice(9, 12)))
    if (state === 'length' && left === 0) finish()
    return taken
  }

  const finish = () => {
    state = 'head'
    listener.end()
  }

  const readBody = (bytes, from) => {
    const count =
      state === 'until-close' ? bytes.length - from : Math.min(left, bytes.length - from)
    listener.body(count === bytes.length ? bytes : bytes.subarray(from, from + count))
    left -= count
    if (state === 'length' && left === 0) finish()
    else if (state === 'chunk' && left === 0) state = 'chunk-end'
    return from + count
  }

  /** Reads one line; undefined when its end has not come. */
  const readLine = (bytes, from) => {
    const end = bytes.indexOf(10, from)
    line += bytes.latin1Slice(from, end < 0 ? bytes.length : end)
    if (end < 0) return undefined
    const text = line.trim()
    line = ''
    return { text, next: end + 1 }
  }

  const readFraming = (bytes, from) => {
    const read = readLine(bytes, from)
    if (!read) return bytes.length
    if (state === 'chunk-end') state = 'size'
    else if (state === 'size') {
      left = Number.parseInt(read.text, 16)
      if (!(left >= 0)) throw new Error(`"${read.text}" is no chunk size`)
      state = left === 0 ? 'trailers' : 'chunk'
    } else if (read.text === '') finish()
    return read.next
  }

  return {
    push: (bytes) => {
      let position = 0
      while (position < bytes.length) {
        if (state === 'head')
          position += readHead(position === 0 ? bytes : bytes.subarray(position))
        else if (state === 'length' || state === 'chunk' || state === 'until-close')
          position = readBody(bytes, position)
        else position = readFraming(bytes, position)
      }
    },
    /** The connection is closed: true when that ended an answer as it should. */
    close: () => {
      if (state !== 'until-close') return false
      finish()
      return true
    },
  }
}
