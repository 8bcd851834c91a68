// From a request to an answer: finds the door, checks who comes, reads the body once, and lets the
// gateway run the call. Every failure leaves in the dialect of its door.

import type { Outcome } from '../../core/call.ts'
import type { Dialect, HeaderFields, Operation } from '../../core/dialect.ts'
import { GatewayError, toGatewayError } from '../../core/error.ts'
import type { JsonObject } from '../../core/json.ts'
import { toLossHeader } from '../../core/loss.ts'
import { readFields, withoutByteOrderMark } from '../../gateway/body-fields.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { toHeaderValue } from '../../gateway/headers.ts'
import { authenticate } from './auth.ts'
import type { Answer, Exchange } from './exchange.ts'
import { answerOpenly } from './open-endpoints.ts'

type Door = { readonly dialect: Dialect; readonly operation: Operation; readonly method: string }

/** Answers requests for one gateway; never rejects. */
export function createAnswer(gateway: Gateway): (exchange: Exchange) => Promise<Answer> {
  let doors = openDoors(gateway.parts().dialects)
  let listed = gateway.parts().dialects

  return async (exchange) => {
    const { dialects } = gateway.parts()
    if (dialects !== listed) {
      listed = dialects
      doors = openDoors(dialects)
    }
    const id = gateway.services.id('call')
    const door = doors.get(exchange.path)
    try {
      return answerOpenly(exchange, gateway) ?? (await answerCall(exchange, gateway, door, id))
    } catch (thrown) {
      return toFailure(
        toGatewayError(thrown),
        door?.dialect ?? dialectOf(exchange, dialects),
        id,
        gateway,
      )
    }
  }
}

function openDoors(dialects: readonly Dialect[]): ReadonlyMap<string, Door> {
  return new Map(
    dialects.flatMap((dialect) =>
      dialect.endpoints.map(
        ({ path, operation, method }) => [path, { dialect, operation, method }] as const,
      ),
    ),
  )
}

/** The dialect a client shows by its headers; later dialects in the list are the more particular ones. */
function dialectOf({ headers }: Exchange, dialects: readonly Dialect[]): Dialect {
  const claimed = dialects.findLast(({ models }) => models?.claims(headers)) ?? dialects[0]
  if (!claimed) throw new Error('A gateway without dialects cannot answer')
  return claimed
}

async function answerCall(
  exchange: Exchange,
  gateway: Gateway,
  door: Door | undefined,
  id: string,
): Promise<Answer> {
  const { server, dialects } = gateway.parts()
  const listing = modelPath.exec(exchange.path)
  if (!door && !listing) {
    throw new GatewayError('not-found', 'Route not found', { code: 'not_found' })
  }
  const allowed = door?.method ?? 'GET'
  // What can be fetched can be asked for without its body.
  const method = exchange.method === 'HEAD' && allowed === 'GET' ? 'GET' : exchange.method
  if (method !== allowed) {
    throw new GatewayError(
      'method-not-allowed',
      `${exchange.path} takes ${allowed}, not ${exchange.method}`,
    )
  }
  if (gateway.isOwnHop(exchange.headers)) {
    throw new GatewayError(
      'bad-request',
      'This gateway was asked to call itself: a provider address points back here',
      { code: 'loop_detected' },
    )
  }
  const caller = authenticate(exchange, server)
  if (!door) return answerModels(dialectOf(exchange, dialects), gateway, listing?.[1])
  if (door.operation === 'models') return answerModels(door.dialect, gateway, undefined)
  const receivedAtMs = gateway.services.monotonic()
  const bytes = withoutByteOrderMark(
    await exchange.readBody(server.maxBodyBytes, server.requestTimeoutMs),
  )
  const fields = readFields(bytes)
  const forcedProvider = forcedBy(exchange, fields)
  const reply = await gateway.run({
    id,
    dialect: door.dialect,
    operation: door.operation,
    headers: exchange.headers,
    caller,
    isStrict: gateway.parts().isStrict || isTrue(exchange.headers['x-router-strict']),
    bytes,
    fields,
    cancellation: exchange.cancellation,
    receivedAtMs,
    ...(forcedProvider === undefined ? {} : { forcedProvider }),
  })
  const { status, headers, body } = reply
  return body === undefined ? { status, headers, reply } : { status, headers, body }
}

const modelPath = /^(?:\/anthropic)?\/v1\/models(?:\/(.+))?$/

const isTrue = (value: string | undefined): boolean =>
  value === '1' || value?.toLowerCase() === 'true'

/** A provider named by string is ours to obey; as an object it is a field for the provider. */
function forcedBy(
  { headers }: Exchange,
  { provider }: JsonObject & { readonly provider?: unknown },
): string | undefined {
  if (typeof provider !== 'string') return headers['x-router-provider']
  if (provider.trim() !== '') return provider
  throw new GatewayError(
    'bad-request',
    '"provider" must not be empty; name a provider or leave it out',
    { code: 'invalid_provider', param: 'provider' },
  )
}

async function answerModels(
  dialect: Dialect,
  gateway: Gateway,
  id: string | undefined,
): Promise<Answer> {
  const { models } = dialect
  if (!models) throw new GatewayError('not-found', 'This dialect has no model list')
  const headers = { 'content-type': 'application/json' }
  if (id === undefined)
    return { status: 200, headers, body: JSON.stringify(models.list(await gateway.models())) }
  const name = decodeName(id)
  const card = await gateway.model(name)
  if (!card)
    throw new GatewayError(
      'unknown-model',
      `Model "${name}" is not known here; GET /v1/models lists all`,
      { param: 'model' },
    )
  return { status: 200, headers, body: JSON.stringify(models.one(card)) }
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new GatewayError('bad-request', `"${text}" is not a percent-encoded model name`)
  }
}

/** What was tried before it failed. */
function toFacts(outcome: Outcome | undefined): HeaderFields {
  if (!outcome || outcome.attempts.length === 0) return {}
  const { attempts, losses, model } = outcome
  return {
    ...(model === undefined ? {} : { 'x-router-model': toHeaderValue(model) }),
    'x-router-attempts': String(attempts.filter((one) => one.outcome !== 'skipped').length),
    ...(losses.length > 0 ? { 'x-router-loss': toLossHeader(losses) } : {}),
  }
}

function toFailure(error: GatewayError, dialect: Dialect, id: string, gateway: Gateway): Answer {
  if (error.kind === 'internal')
    gateway.services.log.error({ call: id, cause: error.cause }, error.message)
  const { status, body, headers } = dialect.error.encode(error, id)
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'x-router-request-id': id,
      ...(error.provider === undefined ? {} : { 'x-router-provider': error.provider }),
      ...toFacts(gateway.outcomeOf(error)),
      ...(error.retryAfterMs === undefined
        ? {}
        : { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) }),
      ...headers,
    },
    body: JSON.stringify(body),
  }
}
