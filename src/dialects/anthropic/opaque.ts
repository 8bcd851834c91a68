// Blocks only this dialect understands: put together from their stream pieces, and back.

import { isJsonObject, type Json, type JsonObject, parseJson } from '../../core/json.ts'

/** The whole block that a start and its stream pieces add up to. */
export function foldBlock(raw: JsonObject, deltas: readonly JsonObject[] = []): JsonObject {
  let input = ''
  const block: { [key: string]: Json | undefined } = { ...raw }
  for (const delta of deltas) {
    if (delta['type'] === 'input_json_delta') {
      input += typeof delta['partial_json'] === 'string' ? delta['partial_json'] : ''
      continue
    }
    for (const [key, value] of Object.entries(delta)) {
      if (key === 'type' || value === undefined) continue
      const before = block[key]
      const isGrowing = typeof before === 'string' && typeof value === 'string'
      block[key] = isGrowing ? before + value : value
    }
  }
  if (input !== '') block['input'] = parseJson(input) ?? input
  return block
}

/** A start as it is streamed: clients read a call's input from its pieces only. */
export function splitInput(raw: JsonObject): {
  readonly start: JsonObject
  readonly piece?: JsonObject
} {
  const input = raw['input']
  if (!isJsonObject(input) || Object.keys(input).length === 0) return { start: raw }
  return {
    start: { ...raw, input: {} },
    piece: { type: 'input_json_delta', partial_json: JSON.stringify(input) },
  }
}
