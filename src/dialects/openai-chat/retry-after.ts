// When a target says one may try again: in headers, in the body's details, or only in words.

import type { HeaderFields } from '../../core/dialect.ts'
import { isJsonObject, type Json, toJsonArray, toJsonObject } from '../../core/json.ts'

const unitMs: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `1m2.5s` → 62500; undefined when it is no duration. */
function parseDuration(text: string): number | undefined {
  const pieces = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  if (pieces.length === 0) return undefined
  return pieces.reduce(
    (total, [, count, unit]) => total + Number(count) * (unitMs[unit ?? ''] ?? 0),
    0,
  )
}

function fromHeaders(headers: HeaderFields): number | undefined {
  const precise = Number(headers['retry-after-ms'] ?? Number.NaN)
  if (Number.isFinite(precise) && precise >= 0) return precise
  const value = headers['retry-after']
  if (value === undefined) return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1000
  // A date is only of use next to the server's own clock.
  const wait = Date.parse(value) - Date.parse(headers['date'] ?? '')
  return Number.isFinite(wait) && wait >= 0 ? wait : parseDuration(value)
}

function fromDetails(body: Json): number | undefined {
  const outer = toJsonObject(Array.isArray(body) ? (body as readonly Json[])[0] : body)
  for (const detail of toJsonArray(toJsonObject(outer['error'])['details'])) {
    const delay = isJsonObject(detail) ? detail['retryDelay'] : undefined
    if (typeof delay === 'string') return parseDuration(delay)
  }
  return undefined
}

const fromWords = (message: string): number | undefined => {
  const [, words] =
    /(?:try again|retry) (?:in|after) ((?:\d+(?:\.\d+)?(?:ms|s|m|h))+)/i.exec(message) ?? []
  return words === undefined ? undefined : parseDuration(words)
}

/** Milliseconds to wait; undefined when nobody says. */
export function retryAfterMs(
  { headers, body }: { readonly headers: HeaderFields; readonly body: Json },
  message: string,
): number | undefined {
  const wait = fromHeaders(headers) ?? fromDetails(body) ?? fromWords(message)
  return wait === undefined ? undefined : Math.ceil(wait)
}
