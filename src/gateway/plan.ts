// From a model name to ranked targets: which names mean what, in which order, and what to say when a
// name means nothing.

import type { Call } from '../core/call.ts'
import { GatewayError } from '../core/error.ts'
import { nearest, suggestion } from '../core/nearest.ts'
import type { Target, Upstream } from '../core/provider.ts'
import type { Ranked, Route, Signals } from '../core/route.ts'
import type { ModelLists } from './model-lists.ts'
import type { Parts } from './parts.ts'

export type Plan = {
  /** The route's name, or how the targets were found. */
  readonly route: string
  readonly strategy: Route['strategy']
  readonly targets: readonly Target[]
}

const currentDefault = 'auto'

/** Finds the targets of a call. Throws `unknown-model` with the nearest names, or `bad-request` for an unknown provider. */
export async function planCall(call: Call, parts: Parts, lists: ModelLists): Promise<Plan> {
  const { model, forcedProvider } = call
  if (forcedProvider !== undefined)
    return onlyTarget(forcedTarget(parts, forcedProvider, model), parts, 'forced')
  if (model === '' || model.toLowerCase() === currentDefault) return ofRoute(parts, currentDefault)
  if (parts.routes.has(model)) return ofRoute(parts, model)
  const aliased = [...parts.upstreams.values()].filter(({ aliases }) =>
    Object.hasOwn(aliases, model),
  )
  if (aliased.length > 0)
    return among(
      aliased.map((upstream) => toTarget(upstream, model)),
      parts,
      'alias',
    )
  const named = namedTarget(parts, model)
  if (named) return onlyTarget(named, parts, 'provider')
  const listing = await lists.listing(model, [...parts.upstreams.values()])
  if (listing.length > 0)
    return among(
      listing.map((upstream) => toTarget(upstream, model)),
      parts,
      'model',
    )
  if (parts.unknownModel === 'auto') return ofRoute(parts, currentDefault)
  throw unknownModel(model, parts, lists)
}

/** Ranks the plan's targets as things are now; to be called in the same turn as taking the first slot. */
export const rank = (call: Call, plan: Plan, signals: Signals): readonly Ranked[] =>
  plan.targets.length === 1 && plan.targets[0]
    ? [{ target: plan.targets[0], score: 0, reason: 'the only target' }]
    : plan.strategy.order(call, plan.targets, signals)

/** A model at a provider; aliases are resolved, an empty name is the provider's default. */
export function toTarget(upstream: Upstream, model: string): Target {
  const isDefault = model === '' || model.toLowerCase() === currentDefault
  const alias = Object.hasOwn(upstream.aliases, model) ? upstream.aliases[model] : undefined
  const name = isDefault ? upstream.defaultModel : (alias ?? model)
  return { id: `${upstream.id}/${name}`, upstream, model: name, weight: upstream.weight }
}

/** The same for a client's word: what the operator denies is refused, and no name needs a default. */
function toAskedTarget(upstream: Upstream, model: string): Target {
  const target = toTarget(upstream, model)
  const { id } = upstream
  const refuse = (message: string): GatewayError =>
    new GatewayError('unknown-model', message, { param: 'model' })
  if (target.model === '') {
    throw refuse(
      `Provider "${id}" has no default model; name one as "${id}/model" or set providers.${id}.default_model`,
    )
  }
  if (upstream.serves?.(target.model) === false) {
    throw refuse(`Model "${target.model}" is not served: providers.${id} denies it`)
  }
  return target
}

function ofRoute(parts: Parts, name: string): Plan {
  const route = parts.routes.get(name)
  if (!route || route.targets.length === 0) {
    throw new GatewayError(
      'no-target',
      `Route "${name}" has no target; set a provider key or add targets under routes.${name}`,
    )
  }
  return { route: name, strategy: route.strategy, targets: route.targets }
}

const onlyTarget = (target: Target, parts: Parts, route: string): Plan => ({
  route,
  strategy: parts.defaultStrategy,
  targets: [target],
})

const among = (targets: readonly Target[], parts: Parts, route: string): Plan => ({
  route,
  strategy: parts.defaultStrategy,
  targets,
})

/** The provider somebody names, even one that lacks its key: using it then says which. */
function upstreamNamed(parts: Parts, name: string): Upstream | undefined {
  const id = parts.providerNames.get(name.trim().toLowerCase())
  return id === undefined ? undefined : (parts.upstreams.get(id) ?? parts.keyless.get(id))
}

function forcedTarget(parts: Parts, provider: string, model: string): Target {
  const upstream = upstreamNamed(parts, provider)
  if (!upstream) throw unknownProvider(provider, parts)
  const ownPrefix = namedTarget(parts, model)
  return ownPrefix?.upstream === upstream ? ownPrefix : toAskedTarget(upstream, model)
}

/** `provider/model`, or `provider` alone for its default model. */
function namedTarget(parts: Parts, model: string): Target | undefined {
  const slash = model.indexOf('/')
  const upstream = upstreamNamed(parts, slash < 0 ? model : model.slice(0, slash))
  return upstream && toAskedTarget(upstream, slash < 0 ? '' : model.slice(slash + 1))
}

function unknownProvider(provider: string, parts: Parts): GatewayError {
  const known = [...parts.upstreams.keys()].join(', ')
  return new GatewayError(
    'bad-request',
    `Provider "${provider}" is not one this gateway knows${suggestion(provider, parts.providerNames.keys())}. Set up here: ${known}`,
    { code: 'invalid_provider', param: 'provider' },
  )
}

function unknownModel(model: string, parts: Parts, lists: ModelLists): GatewayError {
  const known = [
    ...parts.routes.keys(),
    ...[...parts.upstreams.values()].flatMap((upstream) => [
      upstream.id,
      `${upstream.id}/${upstream.defaultModel}`,
      ...lists.known(upstream),
      ...Object.keys(upstream.aliases),
    ]),
  ]
  const near = nearest(model, [...new Set(known)], 5)
  const hint = near.length > 0 ? `Did you mean ${near.join(', ')}? ` : ''
  return new GatewayError(
    'unknown-model',
    `Model "${model}" is not known here. ${hint}GET /v1/models lists all; any model of a provider can be named as "provider/model"`,
    { param: 'model' },
  )
}
