// Turns the names in routes and flags into targets.

import { suggestion } from '../core/nearest.ts'
import type { Target, Upstream } from '../core/provider.ts'
import { toTarget } from '../gateway/plan.ts'

/** Every accepted spelling of a provider, lower case → the provider. */
export type UpstreamNames = ReadonlyMap<string, Upstream>

export type FoundTarget =
  | { readonly isFound: true; readonly target: Target }
  /** `reason` follows the place it was written: `names the provider "x", which …`. */
  | { readonly isFound: false; readonly reason: string }

/** The target that `provider` or `provider/model` means. */
export function findTarget(text: string, names: UpstreamNames, weight?: number): FoundTarget {
  const slash = text.indexOf('/')
  const name = slash < 0 ? text : text.slice(0, slash)
  const upstream = names.get(name.toLowerCase())
  if (!upstream) {
    const reason = `names the provider "${name}", which is not there${suggestion(name, names.keys())}`
    return { isFound: false, reason }
  }
  const target = toTarget(upstream, slash < 0 ? '' : text.slice(slash + 1))
  if (target.model === '') {
    const reason = `names no model and "${upstream.id}" has no default; write "${upstream.id}/MODEL", or default_model under [providers.${upstream.id}]`
    return { isFound: false, reason }
  }
  return { isFound: true, target: weight === undefined ? target : { ...target, weight } }
}
