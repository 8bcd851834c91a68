// Which bodies may not be forwarded as they are, even to a target of this dialect.

import { envelopeTag, isEnveloped } from '../../core/envelope.ts'
import { type Json, type JsonObject, toJsonArray, toJsonObject } from '../../core/json.ts'

const isSaid = (value: Json | undefined): boolean => value !== undefined && value !== null

/**
 * True when the body holds our own settings that must act at the target, state in our envelopes, or
 * lacks the limit that the API demands and we fill in.
 */
export function mustTranslate(body: JsonObject, includes: (text: string) => boolean): boolean {
  const { think, repeat_penalty: penalty, max_tokens: limit } = body
  if (isSaid(think) || isSaid(penalty) || !isSaid(limit)) return true
  if (!includes(envelopeTag)) return false
  return toJsonArray(body['messages']).some((message) => {
    const { role, content } = toJsonObject(message) as { [key: string]: Json | undefined }
    return role === 'assistant' && toJsonArray(content).some(holdsEnvelope)
  })
}

function holdsEnvelope(block: Json): boolean {
  const fields = toJsonObject(block)
  switch (fields['type']) {
    case 'thinking':
      return isOurs(fields['signature'])
    case 'redacted_thinking':
      return isOurs(fields['data'])
    case 'text':
      return toJsonArray(fields['citations']).some((citation) =>
        isOurs(toJsonObject(citation)['encrypted_index']),
      )
    default:
      return false
  }
}

const isOurs = (state: Json | undefined): boolean => typeof state === 'string' && isEnveloped(state)
