// Texts that are valid for a JSON Schema's string keywords.

import type { JsonObject } from '../../core/json.ts'
import { patternText } from './pattern-text.ts'

const maxCharacters = 64 * 1024

const digit = (variant: number): string => String(variant % 10)
const pad = (variant: number, length: number): string =>
  String(variant).padStart(length, '0').slice(-length)
const suffix = (variant: number): string => (variant === 0 ? '' : String(variant + 1))

/** An example of each format the JSON Schema specification names, and of the others in wide use. */
const formats: { readonly [format: string]: (variant: number) => string } = {
  'date-time': (variant) => `2024-01-15T09:30:${pad(variant % 60, 2)}Z`,
  date: (variant) => `2024-01-${pad((variant % 28) + 1, 2)}`,
  time: (variant) => `09:30:${pad(variant % 60, 2)}Z`,
  duration: (variant) => `P${variant + 1}D`,
  email: (variant) => `user${suffix(variant)}@example.com`,
  'idn-email': (variant) => `user${suffix(variant)}@example.com`,
  hostname: (variant) => `host${suffix(variant)}.example.com`,
  'idn-hostname': (variant) => `host${suffix(variant)}.example.com`,
  ipv4: (variant) => `192.0.2.${(variant % 254) + 1}`,
  ipv6: (variant) => `2001:db8::${((variant % 0xffff) + 1).toString(16)}`,
  uri: (variant) => `https://example.com/${suffix(variant)}`,
  url: (variant) => `https://example.com/${suffix(variant)}`,
  'uri-reference': (variant) => `/example${suffix(variant)}`,
  iri: (variant) => `https://example.com/${suffix(variant)}`,
  'iri-reference': (variant) => `/example${suffix(variant)}`,
  'uri-template': (variant) => `https://example.com/{id${suffix(variant)}}`,
  uuid: (variant) => `123e4567-e89b-42d3-a456-${pad(variant, 12)}`,
  guid: (variant) => `123e4567-e89b-42d3-a456-${pad(variant, 12)}`,
  'json-pointer': (variant) => `/example${suffix(variant)}`,
  'relative-json-pointer': (variant) => `${variant}/example`,
  regex: (variant) => `^example${suffix(variant)}$`,
  byte: (variant) => `ZXhhbXBsZ${'QRSTUVWXYZ'[variant % 10] ?? 'Q'}==`,
  base64: (variant) => `ZXhhbXBsZ${'QRSTUVWXYZ'[variant % 10] ?? 'Q'}==`,
  color: (variant) => `#33669${digit(variant)}`,
}

/** Candidates in order of preference; lengths are for the caller to check. */
export function* stringValues(keywords: JsonObject, variant: number): Iterable<string> {
  const { format, pattern, minLength, maxLength } = keywords
  const least = typeof minLength === 'number' ? minLength : 0
  const most = typeof maxLength === 'number' ? maxLength : Infinity
  if (least > maxCharacters) return
  const formatted =
    typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format] : undefined
  if (formatted) yield formatted(variant)
  if (typeof pattern === 'string') yield* patternValues(pattern, least, variant)
  else yield toLength(`example${suffix(variant)}`, least, most, variant)
}

function* patternValues(pattern: string, least: number, variant: number): Iterable<string> {
  for (const repeats of new Set([1, 0, 2, 4, 8, least])) {
    const text = patternText(pattern, { repeats, variant, maxLength: maxCharacters })
    if (text === undefined) continue
    yield text
    if (!pattern.endsWith('$')) yield text.padEnd(least, 'a')
  }
}

/** Cut or filled up to the wanted length; what tells it from its siblings stays. */
function toLength(text: string, least: number, most: number, variant: number): string {
  if (text.length <= most) return text.padEnd(least, 'x')
  const end = variant === 0 ? '' : String(variant)
  return `${text.slice(0, Math.max(0, most - end.length))}${end}`.slice(0, most)
}
