// Which models a provider has: its static list, or what it last said itself. Asked only when somebody
// wants to know, remembered for a while, and never in the way of a call that names its provider.

import type { Dialect } from '../core/dialect.ts'
import { isJsonObject, toJsonArray, toJsonObject } from '../core/json.ts'
import type { Upstream } from '../core/provider.ts'
import { ask } from './ask.ts'
import type { GatewayServices } from './services.ts'

export type ModelLists = {
  /** Providers that have the plain model id `model`; asks those not asked lately. */
  listing(model: string, upstreams: readonly Upstream[]): Promise<readonly Upstream[]>
  /** Models of one provider, asked for if need be; empty when it cannot say. */
  of(upstream: Upstream): Promise<readonly string[]>
  /** What is known without asking. */
  known(upstream: Upstream): readonly string[]
}

const rememberMs = 5 * 60_000
const rememberFailureMs = 30_000
const askTimeoutMs = 5000

type Entry = {
  readonly models: readonly string[]
  readonly untilMs: number
  readonly upstream: Upstream
}

export function createModelLists(
  dialects: ReadonlyMap<string, Dialect>,
  services: GatewayServices,
  hop: string,
): ModelLists {
  const entries = new Map<string, Entry>()
  const pending = new Map<string, Promise<readonly string[]>>()

  const fetchList = async (upstream: Upstream): Promise<readonly string[]> => {
    const face = upstream.faces.find(({ paths }) => paths.models !== undefined)
    const dialect = face && dialects.get(face.dialect)
    if (!face || !dialect || upstream.missingKey !== undefined) return []
    const { status, body } = await ask(
      { upstream, face, dialect, operation: 'models', model: '', timeoutMs: askTimeoutMs },
      services,
      hop,
    )
    if (status >= 300) throw new Error(`status ${status}`)
    const listed = toJsonArray(toJsonObject(body)['data']).flatMap((row) =>
      isJsonObject(row) && typeof row['id'] === 'string' ? [row['id']] : [],
    )
    return upstream.serves ? listed.filter(upstream.serves) : listed
  }

  const refresh = async (upstream: Upstream): Promise<readonly string[]> => {
    let models: readonly string[] = []
    let isGood = true
    try {
      models = await fetchList(upstream)
    } catch (thrown) {
      isGood = false
      services.log.debug(
        { provider: upstream.id, reason: String(thrown) },
        'model list could not be had',
      )
    }
    entries.set(upstream.id, {
      models,
      upstream,
      untilMs: services.monotonic() + (isGood ? rememberMs : rememberFailureMs),
    })
    pending.delete(upstream.id)
    return models
  }

  const of = async (upstream: Upstream): Promise<readonly string[]> => {
    if (upstream.provider.kind === 'local') return upstream.provider.models
    if (upstream.models) return upstream.models
    const entry = entries.get(upstream.id)
    if (entry && entry.upstream === upstream && entry.untilMs > services.monotonic())
      return entry.models
    const running = pending.get(upstream.id) ?? refresh(upstream)
    pending.set(upstream.id, running)
    return running
  }

  const isListed = (upstream: Upstream, model: string, models: readonly string[]): boolean =>
    upstream.provider.kind === 'wire' && (upstream.defaultModel === model || models.includes(model))

  return {
    of,
    known: (upstream) => upstream.models ?? entries.get(upstream.id)?.models ?? [],
    listing: async (model, upstreams) => {
      const known = upstreams.filter(
        (upstream) => upstream.models !== undefined || upstream.defaultModel === model,
      )
      const here = known.filter((upstream) => isListed(upstream, model, upstream.models ?? []))
      if (here.length > 0) return here
      const answers = await Promise.all(
        upstreams.map(async (upstream) => ({ upstream, models: await of(upstream) })),
      )
      return answers
        .filter(({ upstream, models }) => isListed(upstream, model, models))
        .map(({ upstream }) => upstream)
    },
  }
}
