// The immutable description of a running gateway. A reload builds a new one and swaps the reference;
// live state is elsewhere, in registries.

import type { Adaptation, Repair } from '../core/adaptation.ts'
import type { Plugin, Stage } from '../core/call.ts'
import type { Dialect } from '../core/dialect.ts'
import type { Framing } from '../core/framing.ts'
import type { Upstream } from '../core/provider.ts'
import type { Route } from '../core/route.ts'
import type { Secret } from '../core/secret.ts'

/** A key clients show us. */
export type ClientKey = { readonly id: string; readonly secret: Secret }

export type ServerSettings = {
  readonly host: string
  readonly port: number
  readonly keys: readonly ClientKey[]
  /** Names besides loopback the Host header may bear when no key is set. */
  readonly allowedHosts: readonly string[]
  readonly allowedOrigins: readonly string[]
  /** Serve without keys off loopback. */
  readonly allowOpen: boolean
  readonly maxBodyBytes: number
  readonly requestTimeoutMs: number
}

export type Parts = {
  /** The product's name, version and this process's configured name, for `/health`. */
  readonly service: { readonly name: string; readonly version: string; readonly instanceId: string }
  readonly dialects: readonly Dialect[]
  readonly framings: readonly Framing[]
  readonly adaptations: readonly Adaptation[]
  /** Tried for every target, after a provider's own. */
  readonly repairs: readonly Repair[]
  /** Set-up plugins, in order. */
  readonly stages: readonly (Pick<Plugin, 'name' | 'phase' | 'operations'> & {
    readonly stage: Stage
  })[]
  readonly upstreams: ReadonlyMap<string, Upstream>
  /** Known places without the key they need: named outright they fail saying so, and are not listed. */
  readonly keyless: ReadonlyMap<string, Upstream>
  /** Every accepted spelling (lower case) of a provider → its id. */
  readonly providerNames: ReadonlyMap<string, string>
  /** Always has `auto`. */
  readonly routes: ReadonlyMap<string, Route>
  /** Ranks the providers that list a plain model id. */
  readonly defaultStrategy: Route['strategy']
  readonly unknownModel: 'reject' | 'auto'
  readonly isStrict: boolean
  /** Extra tries over the first of each target, and the first wait between tries. */
  readonly retry: { readonly max: number; readonly baseMs: number }
  /** The whole call, queue and retries included; undefined = none. */
  readonly deadlineMs?: number
  readonly server: ServerSettings
}
