// What headers cross the gateway, by allow-list in both directions: never the client's credential,
// cookies or hop-by-hop headers.

import type { Dialect, HeaderFields } from '../core/dialect.ts'
import type { Profile } from '../core/profile.ts'

/** Marks our own upstream requests, so that a gateway that is asked to call itself notices. */
export const hopHeader = 'dragoman-hop'

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
      kept[name] = value
  }
  return kept
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
