// Model lists as clients of this dialect read them.

import type { ModelCard } from '../../core/dialect.ts'
import type { JsonObject } from '../../core/json.ts'

/** One model; a time nobody knows is 0, since clients want a number. */
export const encodeCard = ({ id, provider, createdAt }: ModelCard): JsonObject => ({
  id,
  object: 'model',
  created: createdAt ?? 0,
  owned_by: provider,
})

export const encodeCards = (cards: readonly ModelCard[]): JsonObject => ({
  object: 'list',
  data: cards.map(encodeCard),
})
