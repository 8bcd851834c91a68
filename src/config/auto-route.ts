// What `auto` means: the answer to a missing, empty or "auto" model.

import type { Target } from '../core/provider.ts'
import type { Route, Strategy } from '../core/route.ts'
import { toTarget } from '../gateway/plan.ts'
import type { Configuration } from './load.ts'
import { findTarget, type UpstreamNames } from './targets.ts'
import type { Candidate } from './upstreams.ts'

export type AutoContext = {
  readonly configuration: Configuration
  readonly candidates: readonly Candidate[]
  readonly names: UpstreamNames
  /** The route the file calls `auto`. */
  readonly written?: Route
  readonly strategies: { readonly inOrder: Strategy; readonly spread: Strategy }
  /** Takes note of a flag or variable that names something unknown. */
  readonly refuse: (source: string, key: string, message: string) => void
  readonly notice: (text: string) => void
}

/** Flags over the file's own route over the file's providers over what was found. */
export function createAutoRoute(context: AutoContext): Route {
  const base =
    context.written ?? fromFile(context) ?? fromVariable(context) ?? fromDiscovery(context)
  return fromFlags(context, base) ?? base
}

const toRoute = (strategy: Strategy, targets: readonly Target[], reason: string): Route => ({
  name: 'auto',
  strategy,
  targets,
  reason,
})

function fromFlags(context: AutoContext, base: Route): Route | undefined {
  const { provider, model } = context.configuration.overrides
  if (provider === undefined && model === undefined) return undefined
  if (provider === undefined) return fromModelFlag(context, base, model ?? '')
  const found = findTarget(model === undefined ? provider : `${provider}/${model}`, context.names)
  if (!found.isFound) {
    context.refuse('command line', '--provider', found.reason)
    return undefined
  }
  const reason = `asked for by --provider${model === undefined ? '' : ' and --model'}`
  return toRoute(context.strategies.inOrder, [found.target], reason)
}

function fromModelFlag(context: AutoContext, base: Route, model: string): Route | undefined {
  const [prefix] = model.split('/')
  const isTarget = model.includes('/') && context.names.has(prefix?.toLowerCase() ?? '')
  const current = base.targets[0]?.upstream
  // OpenRouter's own model names begin with vendors' names, which are our providers' too.
  const isOwnName = current?.provider.kind === 'wire' && current.defaultModel.includes('/')
  const found = isTarget && !isOwnName ? findTarget(model, context.names) : undefined
  const target = found?.isFound ? found.target : current && toTarget(current, model)
  return target && toRoute(context.strategies.inOrder, [target], 'asked for by --model')
}

function fromFile(context: AutoContext): Route | undefined {
  const { configuration, candidates, strategies, notice } = context
  const asked = candidates.flatMap(({ upstream, isInFile }) => (isInFile ? [upstream] : []))
  const remote = asked.filter(({ provider }) => provider.kind !== 'local')
  const usable = (remote.length > 0 ? remote : asked).filter(({ id, defaultModel }) => {
    if (defaultModel === '') notice(`"${id}" is no part of auto: it has no default_model`)
    return defaultModel !== ''
  })
  if (usable.length === 0) return undefined
  if (configuration.settings.wantedProvider !== undefined)
    notice('LLM_ROUTER_PROVIDER does not set auto: the configuration names providers')
  const keyed = usable.filter(({ missingKey }) => missingKey === undefined)
  const targets = (keyed.length > 0 ? keyed : usable).map((upstream) => toTarget(upstream, ''))
  const { name } = configuration.source
  const reason =
    targets.length > 1 ? `the providers in ${name}, least busy first` : `the provider in ${name}`
  return toRoute(strategies.spread, targets, reason)
}

function fromVariable({
  configuration,
  names,
  strategies,
  refuse,
}: AutoContext): Route | undefined {
  const wanted = configuration.settings.wantedProvider
  if (wanted === undefined) return undefined
  const found = findTarget(wanted, names)
  if (found.isFound)
    return toRoute(strategies.inOrder, [found.target], 'asked for by LLM_ROUTER_PROVIDER')
  const source = configuration.environment.get('LLM_ROUTER_PROVIDER')?.from ?? 'the environment'
  refuse(source, 'LLM_ROUTER_PROVIDER', found.reason)
  return undefined
}

// One of them only: prompts are not spread over vendors unasked.
function fromDiscovery({ candidates, strategies }: AutoContext): Route {
  const upstreams = candidates.map(({ upstream }) => upstream)
  const found = upstreams.filter(({ keys, defaultModel }) => keys.length > 0 && defaultModel !== '')
  const [first] = found
  if (first) {
    const reason =
      found.length > 1
        ? `the first of ${found.length} keys found`
        : `${first.keys[0]?.label} was found`
    return toRoute(strategies.inOrder, [toTarget(first, '')], reason)
  }
  const local = upstreams.filter(({ provider }) => provider.kind === 'local')
  const targets = local.slice(0, 1).map((upstream) => toTarget(upstream, ''))
  return toRoute(strategies.inOrder, targets, 'no key and no local server was found')
}
