// Which of a provider's keys the next attempt uses: in turn, passing over those that were refused a
// short while ago. Live state, kept across reloads by the key's own identity.

import { createHash } from 'node:crypto'
import type { GatewayError } from '../core/error.ts'
import type { Upstream } from '../core/provider.ts'
import type { Secret } from '../core/secret.ts'
import type { Services } from '../core/services.ts'

export type KeyRing = {
  /** The next key of `upstream` that is not in `tried`; undefined when there is none. */
  pick(upstream: Upstream, tried: ReadonlySet<Secret>): Secret | undefined
  /** Sets `key` aside for a while because of `error`. */
  bench(upstream: Upstream, key: Secret, error: GatewayError): void
  /** Whether an unbenched key is left. */
  hasFresh(upstream: Upstream, tried: ReadonlySet<Secret>): boolean
}

const refusedKeyMs = 10 * 60_000
const limitedKeyMs = 30_000

export function createKeyRing(services: Pick<Services, 'monotonic'>): KeyRing {
  const benchedUntil = new Map<string, number>()
  const turns = new Map<string, number>()
  const digests = new WeakMap<Secret, string>()

  const digestOf = (key: Secret): string => {
    const known = digests.get(key)
    if (known) return known
    const digest = createHash('sha256').update(key.reveal()).digest('base64url')
    digests.set(key, digest)
    return digest
  }
  const nameOf = (upstream: Upstream, key: Secret): string => `${upstream.id} ${digestOf(key)}`
  const until = (upstream: Upstream, key: Secret): number =>
    benchedUntil.get(nameOf(upstream, key)) ?? 0

  const fresh = (upstream: Upstream, tried: ReadonlySet<Secret>): readonly Secret[] => {
    const now = services.monotonic()
    return upstream.keys.filter((key) => !tried.has(key) && until(upstream, key) <= now)
  }

  return {
    hasFresh: (upstream, tried) => fresh(upstream, tried).length > 0,
    pick: (upstream, tried) => {
      if (upstream.keys.length < 2) return upstream.keys.find((key) => !tried.has(key))
      const candidates = fresh(upstream, tried)
      const turn = turns.get(upstream.id) ?? 0
      turns.set(upstream.id, turn + 1)
      if (candidates.length > 0) return candidates[turn % candidates.length]
      // All are benched: the one whose time is up first is the least bad.
      return upstream.keys
        .filter((key) => !tried.has(key))
        .toSorted((a, b) => until(upstream, a) - until(upstream, b))[0]
    },
    bench: (upstream, key, error) => {
      const forMs =
        error.retryAfterMs ?? (error.kind === 'provider-rate-limited' ? limitedKeyMs : refusedKeyMs)
      benchedUntil.set(nameOf(upstream, key), services.monotonic() + forMs)
    },
  }
}
