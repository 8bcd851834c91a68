// A mock provider on raw TCP, cheap enough to drive a gateway to its limits from one CPU. Paths that
// end in /messages are answered in Anthropic's form, all others in OpenAI's; paths below /fail with 500.
// The model's name chooses the behaviour, so that it survives any gateway:
//   mock-n200-i0-g20   200 content events as fast as possible, 20 in each socket write
//   mock-n200-i5       200 content events, one every 5 ms, each in a write of its own and stamped
// A request that does not ask for a stream gets a whole answer of about 1 KB at once.
// Prints {"port":…} once it listens.

import { createServer } from 'node:net'
import { answers, stampedPiece } from './mock-answers.mjs'

const streamHead = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n',
)
const wholeAnswer = (status, body) =>
  Buffer.from(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: keep-alive\r\n\r\n${body}`,
  )
const failure = wholeAnswer(
  '500 Internal Server Error',
  '{"error":{"message":"out of order","type":"server_error"}}',
)
const wholes = {
  openai: wholeAnswer('200 OK', answers.openai.whole),
  anthropic: wholeAnswer('200 OK', answers.anthropic.whole),
}

// One clock per interval; streams are spread over its 1 ms slots, so that writes do not come in waves.
const clocks = new Map()
const maxLateMs = 50

function clockOf(intervalMs) {
  const known = clocks.get(intervalMs)
  if (known) return known
  const clock = {
    slots: Array.from({ length: intervalMs }, () => new Set()),
    next: 0,
    newest: 0,
    lastMs: 0,
    streams: 0,
    timer: undefined,
  }
  clocks.set(intervalMs, clock)
  return clock
}

function tick(clock) {
  const nowMs = Math.floor(performance.now())
  const due = Math.min(maxLateMs, nowMs - clock.lastMs)
  clock.lastMs = nowMs
  for (let step = 0; step < due; step += 1) {
    const slot = clock.slots[clock.next]
    clock.next = (clock.next + 1) % clock.slots.length
    if (slot.size > 0) serveSlot(clock, slot)
  }
  clock.timer = clock.streams > 0 ? setTimeout(tick, 1, clock) : undefined
}

function serveSlot(clock, slot) {
  const pieces = { openai: stampedPiece('openai'), anthropic: stampedPiece('anthropic') }
  for (const stream of slot) {
    const isGone = stream.socket.destroyed
    if (!isGone) stream.socket.write(pieces[stream.dialect])
    stream.left -= 1
    if (!isGone && stream.left > 0) continue
    slot.delete(stream)
    clock.streams -= 1
    if (!isGone) stream.socket.write(answers[stream.dialect].last)
    stream.done()
  }
}

function startPaced(socket, dialect, count, intervalMs, done) {
  const clock = clockOf(intervalMs)
  clock.slots[clock.newest % intervalMs].add({ socket, dialect, left: count, done })
  clock.newest += 1
  clock.streams += 1
  if (clock.timer) return
  clock.lastMs = Math.floor(performance.now())
  clock.timer = setTimeout(tick, 1, clock)
}

const groups = new Map()

function groupOf(dialect, size) {
  const key = `${dialect} ${size}`
  const known = groups.get(key)
  if (known) return known
  const group = Buffer.concat(Array(size).fill(answers[dialect].piece))
  groups.set(key, group)
  return group
}

/** As fast as the reader takes it, and no faster: what waits unread would be the mock's memory. */
function startBurst(socket, dialect, count, size, done) {
  const group = groupOf(dialect, size)
  let left = count
  const write = () => {
    if (socket.destroyed) return done()
    const isRoomLeft = socket.write(left >= size ? group : groupOf(dialect, left))
    left -= Math.min(left, size)
    if (left > 0) {
      if (isRoomLeft) setImmediate(write)
      else socket.once('drain', write)
      return
    }
    socket.write(answers[dialect].last)
    done()
  }
  write()
}

const edgeBytes = 4096

function answer(socket, path, body, done) {
  const dialect = /\/messages(?:\?|$)/.test(path) ? 'anthropic' : 'openai'
  if (path.startsWith('/fail')) {
    socket.write(failure)
    return done()
  }
  // The fields looked for stand before or after a large conversation, never inside.
  const text =
    body.length > 4 * edgeBytes
      ? body.latin1Slice(0, edgeBytes) + body.latin1Slice(body.length - edgeBytes)
      : body.latin1Slice()
  if (!/"stream"\s*:\s*true/.test(text)) {
    socket.write(wholes[dialect])
    return done()
  }
  const asked = /mock-n(\d+)-i(\d+)(?:-g(\d+))?/.exec(text) ?? []
  const [count, intervalMs, size] = [asked[1] ?? 200, asked[2] ?? 0, asked[3] ?? 20].map(Number)
  socket.write(Buffer.concat([streamHead, answers[dialect].first]))
  if (intervalMs > 0) startPaced(socket, dialect, count, intervalMs, done)
  else startBurst(socket, dialect, count, size, done)
}

/** The first whole request of `bytes`; undefined while more must come. */
function readRequest(bytes) {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const head = bytes.latin1Slice(0, headEnd)
  const [, path] = head.split(' ', 2)
  const length = Number(/\r\ncontent-length:\s*(\d+)/i.exec(head)?.[1] ?? 0)
  const end = headEnd + 4 + length
  return { path, end, body: bytes.length < end ? undefined : bytes.subarray(headEnd + 4, end) }
}

function serve(socket) {
  let waiting = []
  let waitingBytes = 0
  let neededBytes = 0
  let isBusy = false
  const pump = () => {
    while (!isBusy && waitingBytes > 0 && waitingBytes >= neededBytes) {
      const bytes = waiting.length === 1 ? waiting[0] : Buffer.concat(waiting)
      waiting = [bytes]
      const request = readRequest(bytes)
      neededBytes = request?.end ?? waitingBytes + 1
      if (!request?.body) return
      waitingBytes -= request.end
      waiting = waitingBytes > 0 ? [bytes.subarray(request.end)] : []
      neededBytes = 0
      isBusy = true
      answer(socket, request.path, request.body, () => {
        isBusy = false
        pump()
      })
    }
  }
  socket.on('data', (bytes) => {
    waiting.push(bytes)
    waitingBytes += bytes.length
    pump()
  })
  socket.on('error', () => {})
}

const server = createServer({ noDelay: true }, serve)
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(JSON.stringify({ port: server.address().port }))
})
