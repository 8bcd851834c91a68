// The models a client may name: routes, then what each provider lists.

import type { ModelCard } from '../core/dialect.ts'
import type { Upstream } from '../core/provider.ts'
import type { ModelLists } from './model-lists.ts'
import type { Parts } from './parts.ts'

/** Sorted by id, routes first; a model several providers have is listed once. */
export async function listModels(parts: Parts, lists: ModelLists): Promise<readonly ModelCard[]> {
  const routes = [...parts.routes.values()].filter(({ targets }) => targets.length > 0)
  const cards = await Promise.all(
    [...parts.upstreams.values()].map((upstream) => cardsOf(upstream, lists)),
  )
  const byId = new Map<string, ModelCard>()
  for (const card of cards.flat()) if (!byId.has(card.id)) byId.set(card.id, card)
  return [
    ...routes.map(({ name }) => ({ id: name, provider: parts.service.name })),
    ...[...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
  ]
}

async function cardsOf(upstream: Upstream, lists: ModelLists): Promise<readonly ModelCard[]> {
  const models = await lists.of(upstream)
  const isLocal = upstream.provider.kind === 'local'
  const names = [
    ...models,
    ...Object.keys(upstream.aliases),
    ...(models.length === 0 ? [upstream.defaultModel] : []),
  ]
  return names.map((model) => ({
    id: isLocal ? `${upstream.id}/${model}` : model,
    provider: upstream.id,
  }))
}
