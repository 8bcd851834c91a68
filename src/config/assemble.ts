// The only room that sees every list: turns a configuration into the parts of a gateway.

import type { Adaptation, Repair } from '../core/adaptation.ts'
import type { Plugin, PluginServices } from '../core/call.ts'
import type { Dialect } from '../core/dialect.ts'
import type { Framing } from '../core/framing.ts'
import type { Provider, Upstream } from '../core/provider.ts'
import type { Route, Strategy } from '../core/route.ts'
import type { Parts } from '../gateway/parts.ts'
import { namesOf, type Report } from './catalogue.ts'
import { ConfigError, type Problem } from './config-error.ts'
import type { Configuration } from './load.ts'
import { createAllRoutes, type Refuse, strategyNamed } from './routes.ts'
import { toServerSettings } from './server-settings.ts'
import { setUpPlugins } from './set-up-plugins.ts'
import { defaults } from './settings.ts'
import type { UpstreamNames } from './targets.ts'
import { type Candidate, createUpstreams } from './upstreams.ts'
import { toProblem } from './validate.ts'
import { productName, productVersion } from './version.ts'

/** Everything there is, by kind. */
export type Lists = {
  readonly dialects: readonly Dialect[]
  readonly framings: readonly Framing[]
  readonly adaptations: readonly Adaptation[]
  readonly repairs: readonly Repair[]
  readonly providers: readonly Provider[]
  readonly strategies: readonly Strategy[]
  readonly plugins: readonly Plugin[]
}

export type Assembly = {
  readonly parts: Parts
  /** What the operator should know that is not wrong, one sentence each. */
  readonly notices: readonly string[]
  /** Providers of the catalogue that only lack a key. */
  readonly keyless: readonly Upstream[]
}

/** Builds the parts. Throws a ConfigError that names everything wrong; nothing is changed then. */
export function assemble(
  configuration: Configuration,
  lists: Lists,
  services: PluginServices,
): Assembly {
  const findings = createFindings(configuration)
  const { report, refuse, notice } = findings
  const candidates = createUpstreams(lists.providers, {
    configuration,
    dialects: lists.dialects,
    report,
    notice,
    knownVariables: knownVariables(lists.providers),
    ...keyedProvider(configuration, lists.providers, refuse),
  })
  const names: UpstreamNames = namesOf(candidates.map(({ upstream }) => upstream))
  const { strategies } = lists
  const routes = createAllRoutes({
    configuration,
    strategies,
    candidates,
    names,
    report,
    refuse,
    notice,
  })
  const server = toServerSettings(configuration, services, findings)
  if (findings.problems.length > 0) throw new ConfigError(findings.problems)
  const ready = candidates.filter((candidate) => isReady(candidate, routes))
  for (const { upstream } of ready) if (upstream.missingKey) notice(upstream.missingKey)
  const keyless = candidates.flatMap((one) => (ready.includes(one) ? [] : [one.upstream]))
  const parts: Parts = {
    ...toDescription(configuration, lists, services),
    keyless: new Map(keyless.map((upstream) => [upstream.id, upstream])),
    upstreams: new Map(ready.map(({ upstream }) => [upstream.id, upstream])),
    providerNames: toProviderNames(lists.providers, names),
    routes,
    server,
  }
  return { parts, keyless, notices: [...findings.notices, ...configuration.environment.notices] }
}

type Findings = {
  readonly problems: readonly Problem[]
  readonly notices: readonly string[]
  readonly report: Report
  readonly refuse: Refuse
  readonly notice: (text: string) => void
}

/** Collects what is wrong and what is worth knowing, so that all of it is told at once. */
function createFindings({ source }: Configuration): Findings {
  const problems: Problem[] = []
  const notices: string[] = []
  return {
    problems,
    notices,
    report: (path, message, value) => problems.push(toProblem({ path, message, value }, source)),
    refuse: (from, key, message) => problems.push({ source: from, key, message }),
    notice: (text) => notices.push(text),
  }
}

/** What hangs on no provider: the lists, the plugins and the single values. */
function toDescription(configuration: Configuration, lists: Lists, services: PluginServices) {
  const { file, overrides, settings } = configuration
  const { dialects, framings, adaptations, repairs } = lists
  const isNamed = overrides.provider !== undefined || overrides.model !== undefined
  return {
    service: { name: productName, version: productVersion, instanceId: settings.instanceId },
    dialects,
    framings,
    adaptations,
    repairs,
    // Options that have a section of their own in the file.
    stages: setUpPlugins(configuration, lists.plugins, services, { concurrency: file.queue }),
    defaultStrategy: strategyNamed(lists.strategies, 'least-busy'),
    unknownModel: isNamed ? ('auto' as const) : (file.server?.unknown_model ?? 'reject'),
    isStrict: file.server?.strict ?? false,
    retry: {
      max: file.retry?.max ?? defaults.retry.max,
      baseMs: file.retry?.base ?? defaults.retry.baseMs,
    },
  }
}

const knownVariables = (catalogue: readonly Provider[]): ReadonlySet<string> =>
  new Set(catalogue.flatMap((one) => (one.kind === 'wire' ? one.keyVariables : [])))

// A name that is known is told from one that is not, even when nothing is set up behind it.
const toProviderNames = (
  catalogue: readonly Provider[],
  names: UpstreamNames,
): ReadonlyMap<string, string> =>
  new Map([
    ...[...namesOf(catalogue.map((provider) => ({ id: provider.id, provider })))].map(
      ([name, { id }]) => [name, id] as const,
    ),
    ...[...names].map(([name, { id }]) => [name, id] as const),
  ])

/** Without a key a provider is there only for those who asked for it, and tells them what is missing. */
const isReady = ({ upstream, isInFile }: Candidate, routes: ReadonlyMap<string, Route>): boolean =>
  isInFile ||
  upstream.missingKey === undefined ||
  [...routes.values()].some(({ targets }) => targets.some((target) => target.upstream === upstream))

// The key of the command line is for one provider: the one that is named, or the only one there can be.
function keyedProvider(
  { overrides, settings, file }: Configuration,
  catalogue: readonly Provider[],
  refuse: Refuse,
): { readonly keyedProvider?: string } {
  if (overrides.upstreamKey === undefined) return {}
  const tables = Object.keys(file.providers ?? {})
  const named =
    overrides.provider ?? settings.wantedProvider ?? (tables.length === 1 ? tables[0] : undefined)
  if (named === undefined) {
    refuse('command line', '--llm-api-key', 'is for one provider; name it with --provider')
    return {}
  }
  const known = namesOf(catalogue.map((provider) => ({ id: provider.id as string, provider })))
  const table = tables.find((name) => name.toLowerCase() === named.toLowerCase())
  return { keyedProvider: known.get(named.toLowerCase())?.id ?? table ?? named }
}
