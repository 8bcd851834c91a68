// Model lists and token counts as this dialect's clients and targets write them.

import type { Dialect, ModelCard } from '../../core/dialect.ts'
import { isJsonObject, type JsonObject, omit } from '../../core/json.ts'
import { reported, toUsage } from '../../core/usage.ts'

const toModel = (card: ModelCard): JsonObject => ({
  type: 'model',
  id: card.id,
  display_name: card.name ?? card.id,
  // The API itself says the epoch where it does not know.
  created_at: new Date((card.createdAt ?? 0) * 1000).toISOString(),
  ...(card.contextTokens === undefined ? {} : { max_input_tokens: card.contextTokens }),
  ...(card.maxOutputTokens === undefined ? {} : { max_tokens: card.maxOutputTokens }),
})

export const models: NonNullable<Dialect['models']> = {
  claims: (headers) => headers['anthropic-version'] !== undefined,
  list: (cards) => ({
    data: cards.map(toModel),
    has_more: false,
    first_id: cards[0]?.id ?? null,
    last_id: cards.at(-1)?.id ?? null,
  }),
  one: toModel,
}

/** What only making an answer needs; the counting endpoint refuses it. */
const answerKeys = new Set([
  'max_tokens',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'metadata',
  'service_tier',
  'container',
  'inference_geo',
  'diagnostics',
])

export const countTokens: NonNullable<Dialect['countTokens']> = {
  body: (chat) => omit(chat, answerKeys),
  encode: (tokens) => ({ input_tokens: tokens }),
  decode: (body) => {
    const input = isJsonObject(body) ? reported(body['input_tokens']) : undefined
    return input && toUsage({ input })
  },
}
