// A small whole request to an upstream, as a promise: model lists, token counts. Not for the data path.

import type { Dialect, HeaderFields, Operation } from '../core/dialect.ts'
import { GatewayError } from '../core/error.ts'
import { type Json, parseJson } from '../core/json.ts'
import type { ResolvedFace, Upstream } from '../core/provider.ts'
import type { Cancellation } from '../core/services.ts'
import { inflateWhole } from './attempt/inflate.ts'
import { toNetworkError } from './attempt/network-error.ts'
import { hopHeader } from './headers.ts'
import type { GatewayServices } from './services.ts'

export type Question = {
  readonly upstream: Upstream
  readonly face: ResolvedFace
  readonly dialect: Dialect
  readonly operation: Operation
  readonly model: string
  readonly headers?: HeaderFields
  readonly body?: Uint8Array
  readonly timeoutMs: number
  readonly cancellation?: Cancellation
}

export type AskedAnswer = {
  readonly status: number
  readonly headers: HeaderFields
  readonly body: Json
}

const maxAnswerBytes = 16 * 1024 * 1024

/** The path of an operation with the model in place; undefined where the face does not serve it. */
export const pathOf = (
  face: ResolvedFace,
  operation: Operation,
  model: string,
): string | undefined =>
  // Half a code point has no percent-encoding.
  face.paths[operation]?.replace('{model}', () =>
    encodeURIComponent(model.replace(/\p{Surrogate}/gu, '\ufffd')),
  )

/** Headers every request to an upstream bears, its key included. */
export async function upstreamHeaders(
  upstream: Upstream,
  unsigned: {
    readonly method: string
    readonly url: string
    readonly headers: HeaderFields
    readonly body: Uint8Array
  },
  key: Upstream['keys'][number] | undefined,
): Promise<HeaderFields> {
  const headers = { ...unsigned.headers, ...upstream.headers }
  if (!key || upstream.provider.kind !== 'wire') return headers
  const shown = upstream.provider.authorize(key, { ...unsigned, headers })
  return { ...headers, ...(shown instanceof Promise ? await shown : shown) }
}

/** Asks and gathers the answer, whatever its status; throws a GatewayError when none comes. */
export async function ask(
  question: Question,
  services: GatewayServices,
  hop: string,
): Promise<AskedAnswer> {
  const { upstream, face, operation, model, body, timeoutMs } = question
  const path = pathOf(face, operation, model)
  if (path === undefined)
    throw new GatewayError(
      'provider-not-found',
      `Provider "${upstream.id}" does not serve ${operation}`,
      { provider: upstream.id },
    )
  const method = body ? 'POST' : 'GET'
  const headers = await upstreamHeaders(
    upstream,
    {
      method,
      url: face.origin + path,
      body: body ?? new Uint8Array(),
      headers: {
        ...question.dialect.request.fixedHeaders,
        ...question.headers,
        accept: 'application/json',
        'accept-encoding': 'identity',
        [hopHeader]: hop,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
    },
    upstream.keys[0],
  )
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let length = 0
    let status = 0
    let fields: HeaderFields = {}
    const give = (error: GatewayError): void => {
      timer.clear()
      running.abort()
      reject(error)
    }
    const timer = services.timer(timeoutMs, () =>
      give(
        new GatewayError(
          'provider-timeout',
          `Provider "${upstream.id}" did not answer within ${timeoutMs} ms`,
          { provider: upstream.id },
        ),
      ),
    )
    const running = services.transport.send(
      {
        origin: face.origin,
        path,
        method,
        headers,
        connectTimeoutMs: upstream.timeouts.connectMs,
        ...(body ? { body } : {}),
      },
      {
        start: (given, answered) => {
          status = given
          fields = answered
        },
        chunk: (bytes) => {
          length += bytes.length
          if (length > maxAnswerBytes)
            give(
              new GatewayError(
                'provider-invalid-response',
                `Provider "${upstream.id}" sent more than ${maxAnswerBytes} bytes`,
              ),
            )
          else chunks.push(bytes)
        },
        end: () => {
          timer.clear()
          const text = plainText(fields, Buffer.concat(chunks))
          resolve({ status, headers: fields, body: parseJson(text) ?? text })
        },
        fail: (error) => {
          timer.clear()
          reject(toNetworkError(error, upstream.id, status > 0))
        },
      },
    )
    question.cancellation?.onCancel(() =>
      give(new GatewayError('cancelled', 'The client closed the connection')),
    )
  })
}

/** What cannot be inflated is no text of anybody's. */
function plainText(headers: HeaderFields, bytes: Uint8Array): string {
  try {
    return Buffer.from(inflateWhole(headers, bytes, maxAnswerBytes)).toString('utf8')
  } catch {
    return ''
  }
}
