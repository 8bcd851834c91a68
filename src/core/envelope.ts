// Opaque state of one place, carried through clients of another dialect: the client keeps it as if it
// were its own dialect's state and sends it back, and the origin written inside says where it may go.

import { fromBase64, toBase64Url } from './base64.ts'
import type { Origin } from './chat.ts'
import { isJsonObject, type Json, parseJson, withoutUndefined } from './json.ts'

/** How every envelope begins. State that begins so must never be sent to a target as it is. */
export const envelopeTag = 'dragoman.'

export type EnvelopedState = {
  /** Undefined when nobody knows where the thought was made. */
  readonly origin?: Origin
  readonly signature?: string
  readonly redacted?: string
  /** Thought the client did not want to see but whose origin may want it back. */
  readonly text?: string
}

/** `dragoman.` and base64url of the state as JSON. */
export function wrapState({ origin, ...state }: EnvelopedState): string {
  // Escaped to ASCII, so that every character is one byte.
  const json = JSON.stringify({ ...origin, ...state }).replace(
    /[\x7f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return envelopeTag + toBase64Url(json)
}

/** True for text that claims to be an envelope, whole or damaged. */
export const isEnveloped = (text: string): boolean => text.startsWith(envelopeTag)

/** The state in an envelope; undefined when `text` is none or was damaged on its way. */
export function unwrapState(text: string): EnvelopedState | undefined {
  if (!isEnveloped(text)) return undefined
  const bytes = fromBase64(text.slice(envelopeTag.length))
  const state = bytes === undefined ? undefined : parseJson(bytes)
  if (!isJsonObject(state)) return undefined
  const dialect = textAt(state['dialect'])
  return withoutUndefined({
    origin:
      dialect === undefined
        ? undefined
        : withoutUndefined({
            dialect,
            provider: textAt(state['provider']),
            model: textAt(state['model']),
            fields: isJsonObject(state['fields']) ? state['fields'] : undefined,
          }),
    signature: textAt(state['signature']),
    redacted: textAt(state['redacted']),
    text: textAt(state['text']),
  }) as EnvelopedState
}

const textAt = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined
