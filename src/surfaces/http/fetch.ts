// The gateway as a function from a web Request to a web Response, for embedding and other runtimes.

import type { Reply } from '../../core/call.ts'
import type { HeaderFields } from '../../core/dialect.ts'
import { GatewayError } from '../../core/error.ts'
import { createCancellation } from '../../core/services.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { createAnswer } from './answer.ts'
import type { Exchange } from './exchange.ts'

/** Answers web requests; in-process callers count as local. Trailers have no place in a web Response. */
export function createFetch(gateway: Gateway): (request: Request) => Promise<Response> {
  const answer = createAnswer(gateway)
  return async (request) => {
    const cancellation = createCancellation()
    request.signal?.addEventListener('abort', () => cancellation.cancel(), { once: true })
    const { status, headers, body, reply } = await answer(toExchange(request, cancellation))
    const shown = new Headers(headers as Record<string, string>)
    if (reply) return new Response(toStream(reply), { status, headers: shown })
    const isEmpty = request.method === 'HEAD' || status === 204
    return new Response(
      isEmpty ? null : typeof body === 'string' ? body : Buffer.from(body ?? ''),
      { status, headers: shown },
    )
  }
}

function toExchange(request: Request, cancellation: Exchange['cancellation']): Exchange {
  const url = new URL(request.url)
  const headers: HeaderFields = { host: url.host, ...Object.fromEntries(request.headers) }
  return {
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    headers,
    isPeerLoopback: true,
    readBody: async (maxBytes) => {
      const reader = request.body?.getReader()
      const chunks: Uint8Array[] = []
      let length = 0
      for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) {
        length += step.value.length
        if (length > maxBytes) {
          await reader?.cancel()
          throw new GatewayError(
            'request-too-large',
            `The body is larger than ${maxBytes} bytes; server.max_body sets the limit`,
          )
        }
        chunks.push(step.value)
      }
      return Buffer.concat(chunks, length)
    },
    cancellation,
  }
}

const encoder = new TextEncoder()

function toStream(reply: Reply): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      reply.start({
        write: (chunk) => {
          controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk)
          return (controller.desiredSize ?? 1) > 0
        },
        end: () => controller.close(),
        abort: () => controller.error(new Error('The answer broke off')),
      })
    },
    pull: () => reply.resume(),
    cancel: () => reply.cancel(),
  })
}
