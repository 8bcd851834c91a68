// The gateway behind node:http: a thin adapter between its requests and the Exchange seam.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
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

/** Serves a gateway on an address; rejects when it cannot be taken. */
export function listen(
  gateway: Gateway,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const answer = createAnswer(gateway)
  const server = createServer(
    { maxHeaderSize: maxHeaderBytes, requestTimeout: 0, keepAliveTimeout: 65_000 },
    (request, response) => {
      serve(request, response, answer, gateway.services)
    },
  )
  server.on('clientError', onClientError)
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
  send(await answer(toExchange(request, cancellation, services)), request, response)
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

const inflaters = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const

function readBody(
  request: IncomingMessage,
  maxBytes: number,
  timeoutMs: number,
  services: Services,
): Promise<Uint8Array> {
  const tooLarge = new GatewayError(
    'request-too-large',
    `The body is larger than ${maxBytes} bytes; server.max_body sets the limit`,
  )
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge)
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity' && !(encoding in inflaters)) {
    return Promise.reject(
      new GatewayError(
        'unsupported-media-type',
        `Content-Encoding "${encoding}" is not understood; send gzip, deflate, br or none`,
      ),
    )
  }
  const inflater =
    encoding === 'identity' ? undefined : inflaters[encoding as keyof typeof inflaters]()
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
      if (length > maxBytes) give(tooLarge)
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

function send(answer: Answer, request: IncomingMessage, response: ServerResponse): void {
  const { status, body, reply } = answer
  if (response.destroyed) {
    reply?.cancel()
    return
  }
  if (!reply) return sendWhole(answer, body ?? '', request, response)
  const trailers = reply.trailerNames.join(', ')
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
): void {
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  // A body that was refused unread would be taken for the next request.
  const closes = request.complete ? {} : { connection: 'close' }
  response.writeHead(status, { ...headers, ...closes, 'content-length': bytes })
  response.end(request.method === 'HEAD' ? undefined : body)
}

const clientErrors: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'headers_too_large', 'The request headers are too large'],
  HPE_INVALID_CONTENT_LENGTH: [
    400,
    'invalid_content_length',
    'The Content-Length header is not a number',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request_timeout', 'The request did not arrive in time'],
}

/** What is not HTTP gets a short answer that is, in the plainest error shape. */
function onClientError(
  error: Error & { readonly code?: string },
  socket: Socket | import('node:stream').Duplex,
): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, code, message] = clientErrors[error.code ?? ''] ?? [
    400,
    'invalid_http_request',
    'The request is not valid HTTP',
  ]
  const body = JSON.stringify({
    error: { message, type: 'invalid_request_error', param: null, code },
  })
  socket.end(
    `HTTP/1.1 ${status} Error\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
