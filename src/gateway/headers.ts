// What headers cross the gateway, by allow-list in both directions: never the client's credential,
// cookies or hop-by-hop headers.

import type { Dialect, HeaderFields } from '../core/dialect.ts'
import type { Profile } from '../core/profile.ts'

/** Marks our own upstream requests, so that a gateway that is asked to call itself notices. */
export const hopHeader = 'dragoman-hop'

const hopMark = /^[\w-]{12}$/
const maxHops = 16

/** The marks of the gateways a request has passed, as its hop header lists them. */
export const hopsOf = (headers: HeaderFields): readonly string[] =>
  headers[hopHeader]
    ?.split(',')
    .map((mark) => mark.trim())
    .filter((mark) => hopMark.test(mark))
    .slice(-maxHops) ?? []

/** The hop header of a request made for one with `headers`: a circle of gateways shows, not only a gateway that calls itself. */
export const hopWith = (headers: HeaderFields, own: string): string =>
  headers[hopHeader] === undefined ? own : [...hopsOf(headers), own].join(', ')

/** The client's own headers that `dialect` lets through to a target with `profile`. */
export function forwardedHeaders(
  headers: HeaderFields,
  dialect: Dialect,
  profile: Profile,
): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of dialect.request.headers) {
    const value = headers[name]
    if (value === undefined) continue
    const filter = dialect.request.filterHeader
    const filtered = filter ? filter(name, value, profile) : value
    if (filtered !== undefined && filtered !== '') kept[name] = filtered
  }
  return kept
}

/** Headers of a target's answer worth showing: its request id, rate limits and retry advice. */
export function shownHeaders(headers: HeaderFields, dialect: Dialect): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined && dialect.response.headers.some((pattern) => matches(pattern, name)))
      kept[name] = toHeaderValue(value)
  }
  return kept
}

const maxValueLength = 256

/** Any text as a header may bear it: what is not printable ASCII is percent-encoded, what is long is cut. */
export function toHeaderValue(text: string): string {
  if (text.length <= maxValueLength && /^[\x20-\x7e]*$/.test(text)) return text
  return text
    .slice(0, maxValueLength)
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/[^\x20-\x7e]+/g, encodeURIComponent)
}

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern

/** Two header sets as one; where both have a name, the values are one list without repeats. */
export function joinHeaders(
  first: Readonly<Record<string, string>>,
  second: Readonly<Record<string, string>>,
): Record<string, string> {
  const joined = { ...first }
  for (const [name, value] of Object.entries(second)) {
    const before = joined[name]
    const items = before === undefined ? [value] : `${before},${value}`.split(',')
    joined[name] = [...new Set(items.map((item) => item.trim()))].join(',')
  }
  return joined
}
