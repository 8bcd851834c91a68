// The few paths anyone may ask without a key: whether the process lives, is ready, and how its
// providers stand.

import type { Gateway } from '../../gateway/gateway.ts'
import type { Answer, Exchange } from './exchange.ts'

type Endpoint = (exchange: Exchange, gateway: Gateway) => Answer

const text = (body: string): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
})
const json = (status: number, body: object): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

const endpoints: Readonly<Record<string, Endpoint>> = {
  '/health': ({ headers }, gateway) =>
    headers['accept']?.startsWith('text/plain') ? text('ok') : json(200, healthOf(gateway)),
  '/livez': () => text('ok'),
  '/readyz': (_exchange, gateway) => {
    const isReady = gateway.providers().some((provider) => provider.isReady)
    return json(isReady ? 200 : 503, { status: isReady ? 'ready' : 'no provider is ready' })
  },
  // Asked by a coding tool before its first call, only to see whether anybody is there.
  '/api/hello': () => text(''),
}

/** The answer for an open path, GET and HEAD only; undefined for every other path. */
export function answerOpenly(exchange: Exchange, gateway: Gateway): Answer | undefined {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return undefined
  const endpoint = Object.hasOwn(endpoints, exchange.path) ? endpoints[exchange.path] : undefined
  return endpoint?.(exchange, gateway)
}

function healthOf(gateway: Gateway): object {
  const { service } = gateway.parts()
  const providers = gateway.providers()
  return {
    status: 'ok',
    instance_id: service.instanceId,
    service: service.name,
    version: service.version,
    providers: providers.length,
    models: providers.reduce((total, { models }) => total + models, 0),
    provider_status: Object.fromEntries(
      providers.map(({ id, isReady, inFlight }) => [
        id,
        { enabled: true, healthy: isReady, active_completions: inFlight },
      ]),
    ),
  }
}
