// A client that writes bytes as they are: what no well-behaved HTTP library would send.

import { connect, type Socket } from 'node:net'

export type RawClient = {
  readonly socket: Socket
  send(bytes: string | Uint8Array): void
  /** Everything received so far, one character a byte. */
  text(): string
  /** Resolves when the other side has ended or broken the connection. */
  readonly closed: Promise<void>
  /** Resolves once `wanted` was received; rejects with what there was when it never is. */
  until(wanted: string | RegExp, withinMs?: number): Promise<string>
}

/** Opens a connection to `address`, e.g. `http://127.0.0.1:8081`. */
export async function connectRaw(address: string): Promise<RawClient> {
  const { hostname, port } = new URL(address)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  const chunks: Buffer[] = []
  const text = (): string => Buffer.concat(chunks).toString('latin1')
  let check = (): void => {}
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    check()
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => {
    socket.once('end', resolve)
    socket.once('close', () => resolve())
  })
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  return {
    socket,
    text,
    closed,
    send: (bytes) => socket.write(bytes),
    until: (wanted, withinMs = 5000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`Waited for ${wanted}, received: ${text().slice(-2000)}`)),
          withinMs,
        )
        check = () => {
          const seen = text()
          if (typeof wanted === 'string' ? !seen.includes(wanted) : !wanted.test(seen)) return
          clearTimeout(timer)
          resolve(seen)
        }
        check()
      }),
  }
}

/** A POST with a JSON body as it goes over the wire; `headers` are whole lines. */
export function rawPost(path: string, body: string, headers: readonly string[] = []): string {
  const length = Buffer.byteLength(body)
  return [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    ...(headers.some((line) => /^(content-length|transfer-encoding):/i.test(line))
      ? []
      : [`content-length: ${length}`]),
    ...headers,
    '',
    body,
  ].join('\r\n')
}
