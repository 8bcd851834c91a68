// The gateway behind node:http: a thin adapter between its requests and the Exchange seam.

import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { HeaderFields } from '../../core/dialect.ts'
import { GatewayError } from '../../core/error.ts'
import { type CancellationSource, createCancellation, type Services } from '../../core/services.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { createAnswer } from './answer.ts'
import type { Answer, Exchange } from './exchange.ts'

export type Listening = {
  readonly port: number
  /** Takes no new requests, lets those under way finish for up to `graceMs`, then breaks them off. */
  close(graceMs?: number): Promise<void>
}

const maxHeaderBytes = 64 * 1024
const lingerMs = 2000

/** Serves a gateway on an address; rejects when it cannot be taken. */
export function listen(
  gateway: Gateway,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const answer = createAnswer(gateway)
  const server = createServer(
    { maxHeaderSize: maxHeaderBytes, requestTimeout: 0, keepAliveTimeout: 65_000 },
    (request, response) => {
      // A client that keeps its connection for a next call would keep a closing server from its end.
      response.once('close', () => {
        if (!server.listening) request.socket.end()
      })
      serve(request, response, answer, gateway.services)
    },
  )
  server.on('clientError', (error, socket) => onClientError(error, socket, gateway.services))
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve({
        port: (server.address() as AddressInfo).port,
        close: (graceMs = 0) => closeServer(server, graceMs, gateway.services),
      })
    })
  })
}

function closeServer(server: Server, graceMs: number, services: Services): Promise<void> {
  return new Promise((resolve) => {
    const timer = services.timer(graceMs, () => server.closeAllConnections())
    server.close(() => {
      timer.clear()
      resolve()
    })
    server.closeIdleConnections()
  })
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (exchange: Exchange) => Promise<Answer>,
  services: Services,
): Promise<void> {
  const cancellation = createCancellation()
  response.on('close', () => {
    if (!response.writableFinished) cancellation.cancel()
  })
  if (!response.socket) watchQueued(request, response, cancellation)
  const answered = await answer(toExchange(request, cancellation, services))
  try {
    send(answered, request, response, services)
  } catch (cause) {
    services.log.error({ cause }, 'an answer could not be sent')
    answered.reply?.cancel()
    response.destroy()
  }
}

/** A response that waits for its turn on a pipelined connection is not told that the connection ended. */
function watchQueued(
  { socket }: IncomingMessage,
  response: ServerResponse,
  cancellation: CancellationSource,
): void {
  const cancel = (): void => cancellation.cancel()
  socket.setMaxListeners(0)
  socket.once('close', cancel)
  response.once('close', () => socket.off('close', cancel))
}

function toExchange(
  request: IncomingMessage,
  cancellation: CancellationSource,
  services: Services,
): Exchange {
  const { url = '/', method = 'GET', headers, socket } = request
  const question = url.indexOf('?')
  return {
    method,
    path: question < 0 ? url : url.slice(0, question),
    query: question < 0 ? '' : url.slice(question + 1),
    headers: headers as HeaderFields,
    isPeerLoopback: isLoopback(socket.remoteAddress ?? ''),
    readBody: (maxBytes, timeoutMs) => readBody(request, maxBytes, timeoutMs, services),
    cancellation,
  }
}

const isLoopback = (address: string): boolean =>
  address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.')

const inflaters = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
])

const tooLarge = (maxBytes: number): GatewayError =>
  new GatewayError(
    'request-too-large',
    `The body is larger than ${maxBytes} bytes; server.max_body sets the limit`,
  )

const unknownEncoding = (encoding: string): GatewayError =>
  new GatewayError(
    'unsupported-media-type',
    `Content-Encoding "${encoding}" is not understood; send gzip, deflate, br or none`,
  )

function readBody(
  request: IncomingMessage,
  maxBytes: number,
  timeoutMs: number,
  services: Services,
): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes)
    return Promise.reject(tooLarge(maxBytes))
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() || 'identity'
  const inflater = inflaters.get(encoding)?.()
  if (encoding !== 'identity' && !inflater) return Promise.reject(unknownEncoding(encoding))
  const source = inflater ? request.pipe(inflater) : request
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const timer = services.timer(timeoutMs, () =>
      give(new GatewayError('request-timeout', `The request was not read within ${timeoutMs} ms`)),
    )
    const give = (error: GatewayError): void => {
      timer.clear()
      request.unpipe()
      inflater?.destroy()
      reject(error)
    }
    source.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > maxBytes) give(tooLarge(maxBytes))
      else chunks.push(chunk)
    })
    source.on('end', () => {
      timer.clear()
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length))
    })
    source.on('error', () =>
      give(
        new GatewayError('bad-request', 'The body could not be read to its end', {
          code: 'incomplete_body',
        }),
      ),
    )
    request.on('aborted', () =>
      give(new GatewayError('cancelled', 'The client closed the connection')),
    )
  })
}

function send(
  answer: Answer,
  request: IncomingMessage,
  response: ServerResponse,
  services: Services,
): void {
  const { status, body, reply } = answer
  if (response.destroyed) {
    reply?.cancel()
    return
  }
  if (!reply) return sendWhole(answer, body ?? '', request, response, services)
  // Only chunks can be followed by trailers, and older clients know none.
  const trailers = request.httpVersion === '1.1' ? reply.trailerNames.join(', ') : ''
  response.writeHead(status, {
    ...answer.headers,
    ...(trailers === '' ? {} : { trailer: trailers }),
  })
  response.flushHeaders()
  response.on('drain', () => reply.resume())
  response.on('close', () => {
    if (!response.writableFinished) reply.cancel()
  })
  reply.start({
    write: (chunk) => response.write(chunk),
    end: (fields) => {
      response.addTrailers(fields as Record<string, string>)
      response.end()
    },
    abort: () => response.destroy(),
  })
}

function sendWhole(
  { status, headers }: Answer,
  body: string | Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
  services: Services,
): void {
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  const isRead = request.complete
  const closes = isRead ? {} : { connection: 'close' }
  response.writeHead(status, { ...headers, ...closes, 'content-length': bytes })
  if (isRead) response.end(request.method === 'HEAD' ? undefined : body)
  else endUnread(body, request, response, services)
}

/**
 * A body that is refused unread is read away for a moment before the connection is closed: a client
 * that still writes would otherwise lose the answer together with the connection.
 */
function endUnread(
  body: string | Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
  services: Services,
): void {
  const end = (): void => {
    timer.clear()
    response.end()
  }
  const timer = services.timer(lingerMs, end)
  response.write(body)
  request.once('end', end)
  request.once('close', end)
  request.resume()
}

const clientErrors: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'headers_too_large', 'The request headers are too large'],
  HPE_INVALID_CONTENT_LENGTH: [
    400,
    'invalid_content_length',
    'The Content-Length header is not a number',
  ],
  HPE_INVALID_EOF_STATE: [400, 'incomplete_body', 'The request ended before it was whole'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request_timeout', 'The request did not arrive in time'],
}

const refused = new WeakSet<Duplex>()

/** What is not HTTP gets a short answer that is, in the plainest error shape. */
function onClientError(
  error: Error & { readonly code?: string },
  socket: Duplex & { readonly _httpMessage?: ServerResponse | null },
  services: Services,
): void {
  // It has its answer, and a moment to read it.
  if (refused.has(socket)) return
  // In the middle of an answer there is no place for another.
  if (!socket.writable || error.code === 'ECONNRESET' || socket._httpMessage?.headersSent) {
    socket.destroy()
    return
  }
  refused.add(socket)
  const timer = services.timer(lingerMs, () => socket.destroy())
  socket.once('close', () => timer.clear())
  const [status, code, message] = clientErrors[error.code ?? ''] ?? [
    400,
    'invalid_http_request',
    'The request is not valid HTTP',
  ]
  const body = JSON.stringify({
    error: { message, type: 'invalid_request_error', param: null, code },
  })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
