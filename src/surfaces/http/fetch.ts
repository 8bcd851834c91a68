// The gateway as a function from a web Request to a web Response, for embedding and other runtimes.

import type { Reply } from '../../core/call.ts'
import type { HeaderFields } from '../../core/dialect.ts'
import { GatewayError } from '../../core/error.ts'
import { type Cancellation, createCancellation, type Services } from '../../core/services.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { createAnswer } from './answer.ts'
import type { Exchange } from './exchange.ts'

/** Answers web requests; in-process callers count as local. Trailers have no place in a web Response. */
export function createFetch(gateway: Gateway): (request: Request) => Promise<Response> {
  const answer = createAnswer(gateway)
  return async (request) => {
    const cancellation = createCancellation()
    if (request.signal.aborted) cancellation.cancel()
    request.signal.addEventListener('abort', () => cancellation.cancel(), { once: true })
    const exchange = toExchange(request, cancellation, gateway.services)
    const { status, headers, body, reply } = await answer(exchange)
    const shown = new Headers(headers as Record<string, string>)
    if (reply) return new Response(toStream(reply, cancellation), { status, headers: shown })
    const isEmpty = request.method === 'HEAD' || status === 204
    return new Response(
      isEmpty ? null : typeof body === 'string' ? body : Buffer.from(body ?? ''),
      { status, headers: shown },
    )
  }
}

function toExchange(request: Request, cancellation: Cancellation, services: Services): Exchange {
  const url = new URL(request.url)
  const headers: HeaderFields = { host: url.host, ...Object.fromEntries(request.headers) }
  return {
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    headers,
    isPeerLoopback: true,
    readBody: async (maxBytes, timeoutMs) => {
      const body = plainBody(request)
      return body
        ? readWithin(body.getReader(), maxBytes, timeoutMs, cancellation, services)
        : new Uint8Array()
    },
    cancellation,
  }
}

const formats = new Map<string, 'gzip' | 'deflate'>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
])

function plainBody(request: Request): ReadableStream<Uint8Array> | null {
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() || 'identity'
  const format = formats.get(encoding)
  if (format) return request.body?.pipeThrough(new DecompressionStream(format)) ?? null
  if (encoding === 'identity') return request.body
  throw new GatewayError(
    'unsupported-media-type',
    `Content-Encoding "${encoding}" is not understood here; send gzip, deflate or none`,
  )
}

/** Reads to the end unless it is too much, takes too long, breaks off or nobody waits any more. */
async function readWithin(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
  timeoutMs: number,
  cancellation: Cancellation,
  services: Services,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  let failure: GatewayError | undefined
  const give = (error: GatewayError): void => {
    failure ??= error
    reader.cancel().catch(() => {})
  }
  const timer = services.timer(timeoutMs, () =>
    give(new GatewayError('request-timeout', `The request was not read within ${timeoutMs} ms`)),
  )
  const forget = cancellation.onCancel(() =>
    give(new GatewayError('cancelled', 'The client closed the connection')),
  )
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      length += step.value.length
      if (length > maxBytes)
        give(
          new GatewayError(
            'request-too-large',
            `The body is larger than ${maxBytes} bytes; server.max_body sets the limit`,
          ),
        )
      else chunks.push(step.value)
    }
  } catch (cause) {
    failure ??= new GatewayError('bad-request', 'The body could not be read to its end', {
      code: 'incomplete_body',
      cause,
    })
  } finally {
    timer.clear()
    forget()
  }
  if (failure) throw failure
  return Buffer.concat(chunks, length)
}

const encoder = new TextEncoder()

function toStream(reply: Reply, cancellation: Cancellation): ReadableStream<Uint8Array> {
  let forget = (): void => {}
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      // Whoever still reads after calling it off waits for nothing.
      forget = cancellation.onCancel(() =>
        controller.error(new DOMException('The request was called off', 'AbortError')),
      )
      if (cancellation.isCancelled) return reply.cancel()
      reply.start({
        write: (chunk) => {
          controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk)
          return (controller.desiredSize ?? 1) > 0
        },
        end: () => {
          forget()
          controller.close()
        },
        abort: () => {
          forget()
          controller.error(new Error('The answer broke off'))
        },
      })
    },
    pull: () => reply.resume(),
    cancel: () => {
      forget()
      reply.cancel()
    },
  })
}
