// A provider that answers in bytes as they are: what no HTTP server library would send.

import { createServer, type Socket } from 'node:net'

export type RawUpstream = {
  readonly address: string
  /** What is done with each whole request from now on. */
  play(answer: (socket: Socket) => void): void
  /** Requests since the last `play`. */
  count(): number
  /** Connections that bore a request and are still open. */
  busy(): number
  close(): Promise<void>
}

export async function startRawUpstream(): Promise<RawUpstream> {
  const sockets = new Set<Socket>()
  const busy = new Set<Socket>()
  let requests = 0
  let answer = (socket: Socket): unknown => socket.end()
  const server = createServer((socket) => {
    let seen = ''
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      busy.delete(socket)
    })
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1')
      const end = seen.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(seen)?.[1] ?? 0)
      if (end < 0 || seen.length < end + 4 + length) return
      seen = ''
      requests += 1
      busy.add(socket)
      answer(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    address: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    play: (next) => {
      requests = 0
      answer = next
    },
    count: () => requests,
    busy: () => busy.size,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
