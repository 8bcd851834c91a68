// Who may come in: a key in any of the usual places, or, where no key is set, only this machine's own
// programs and never a web page.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { Caller } from '../../core/call.ts'
import type { HeaderFields } from '../../core/dialect.ts'
import { GatewayError } from '../../core/error.ts'
import type { Secret } from '../../core/secret.ts'
import type { ServerSettings } from '../../gateway/parts.ts'
import type { Exchange } from './exchange.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const digests = new WeakMap<Secret, Buffer>()

function digestOf(secret: Secret): Buffer {
  const known = digests.get(secret)
  if (known) return known
  const made = digest(secret.reveal())
  digests.set(secret, made)
  return made
}

/** The credential a client shows: bearer or raw `Authorization`, or one of the key headers. */
export function credentialOf(headers: HeaderFields): string | undefined {
  for (const name of keyHeaders) {
    const key = headers[name]?.trim()
    if (key) return key
  }
  const { authorization } = headers as { readonly authorization?: string }
  return authorization?.replace(/^bearer(?:\s+|$)/i, '').trim() || undefined
}

const keyHeaders = ['x-api-key', 'api-key', 'x-goog-api-key'] as const

/**
 * Names the caller, or throws `unauthorized` or `forbidden`. Every digest is compared, each in constant
 * time, so that nothing can be learnt from how long it takes.
 */
export function authenticate(exchange: Exchange, settings: ServerSettings): Caller {
  const credential = credentialOf(exchange.headers)
  if (settings.keys.length === 0) {
    admitLocally(exchange, settings)
    // Any credential is accepted here; it only tells callers apart.
    return {
      id:
        credential === undefined
          ? 'anonymous'
          : `guest-${digest(credential).toString('hex').slice(0, 12)}`,
    }
  }
  const shown = digest(credential ?? '')
  const matching = settings.keys.filter(({ secret }) => timingSafeEqual(digestOf(secret), shown))
  const [key] = matching
  if (!key || credential === undefined) throw new GatewayError('unauthorized', 'Unauthorized')
  return { id: key.id }
}

/** Headers only a proxy adds: who is behind it is not on this machine for all we know. */
const isForwarding = (header: string): boolean =>
  header === 'forwarded' || header.startsWith('x-forwarded-') || proxyHeaders.has(header)

const proxyHeaders: ReadonlySet<string> = new Set([
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
])
const localNames: ReadonlySet<string> = new Set([
  'localhost',
  '127.0.0.1',
  '[::1]',
  'host.docker.internal',
])

function admitLocally(
  { headers, isPeerLoopback }: Exchange,
  { allowOpen, allowedHosts, allowedOrigins }: ServerSettings,
): void {
  const { origin, host } = headers as { readonly origin?: string; readonly host?: string }
  const name = hostName(host ?? '')
  const isKnownHost =
    isLocalName(name) || allowedHosts.some((allowed) => allowed.toLowerCase() === name)
  if (
    origin !== undefined &&
    !isOwnOrigin(origin, host ?? '', isKnownHost) &&
    !allowedOrigins.includes(origin)
  ) {
    throw new GatewayError(
      'forbidden',
      `Origin "${origin}" may not call this gateway; add it to server.allowed_origins or set a key`,
    )
  }
  if (allowOpen) return
  if (!isPeerLoopback || Object.keys(headers).some(isForwarding)) {
    throw new GatewayError(
      'forbidden',
      'Without a key only programs on this machine may call; set server.api_keys to serve others',
    )
  }
  if (!isKnownHost) {
    throw new GatewayError(
      'forbidden',
      `Host "${host ?? ''}" is not served here; add it to server.allowed_hosts or set a key`,
    )
  }
}

const hostName = (host: string): string => host.toLowerCase().replace(/:\d+$/, '')

const isLocalName = (name: string): boolean =>
  localNames.has(name) || /^127\.\d+\.\d+\.\d+$/.test(name)

/** A page we served ourselves: the same host and port it calls. */
function isOwnOrigin(origin: string, host: string, isKnownHost: boolean): boolean {
  return isKnownHost && (origin === `http://${host}` || origin === `https://${host}`)
}
