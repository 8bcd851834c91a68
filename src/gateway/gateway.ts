// A running gateway: the description in force, the live state that outlives it, and the one way a
// call takes through both.

import { randomBytes } from 'node:crypto'
import type { Call, ChatCall, Outcome, Reply } from '../core/call.ts'
import type { Dialect, HeaderFields, ModelCard } from '../core/dialect.ts'
import { GatewayError, toGatewayError } from '../core/error.ts'
import type { Framing } from '../core/framing.ts'
import type { Upstream } from '../core/provider.ts'
import type { Signals } from '../core/route.ts'
import { inputTokens, outputTokens } from '../core/usage.ts'
import { runAttempts } from './attempt/engine.ts'
import type { EngineSettings } from './attempt/engine-settings.ts'
import { maxEagerBytes } from './body-fields.ts'
import { countTokens } from './count-tokens.ts'
import { type CallDraft, createCall, type OpenCall } from './create-call.ts'
import { hopsOf } from './headers.ts'
import { createKeyRing, type KeyRing } from './keys.ts'
import { listModels } from './list-models.ts'
import { createModelLists, type ModelLists } from './model-lists.ts'
import type { Parts } from './parts.ts'
import { compose } from './pipeline.ts'
import { planCall, rank } from './plan.ts'
import type { GatewayServices } from './services.ts'

export type ProviderState = {
  readonly id: string
  readonly inFlight: number
  /** False when it needs a key and has none. */
  readonly isReady: boolean
  /** Models known without asking. */
  readonly models: number
}

export type Gateway = {
  /** The description in force; a call keeps the one it began with. */
  parts(): Parts
  /** Puts a new description in force; calls under way finish on the old one. */
  swap(parts: Parts): void
  /** Runs one call; rejects with a GatewayError when it fails before anything was shown. */
  run(draft: CallDraft): Promise<Reply>
  /** Every model a client may name. */
  models(): Promise<readonly ModelCard[]>
  /** One model by any name a client may use; undefined when it means nothing here. */
  model(id: string): Promise<ModelCard | undefined>
  /** What became of the call that `error` ended, as far as it got. */
  outcomeOf(error: GatewayError): Outcome | undefined
  /** Calls and upstream requests under way. */
  inFlight(): { readonly calls: number; readonly exchanges: number }
  /** Live state of each provider, for `/health`. */
  providers(): readonly ProviderState[]
  /** True when the hop header shows that this very process made the request, or one it goes back to. */
  isOwnHop(headers: HeaderFields): boolean
  readonly services: GatewayServices
  close(): Promise<void>
}

export function createGateway(first: Parts, services: GatewayServices): Gateway {
  const hop = randomBytes(9).toString('base64url')
  const keys = createKeyRing(services)
  let generation = createGeneration(first, services, keys, hop)
  const failures = new WeakMap<GatewayError, Outcome>()
  let calls = 0

  const signals: Signals = {
    inFlight: ({ upstream }) => services.ledger.inUse(`provider:${upstream.id}`),
    random: services.random,
  }

  return {
    parts: () => generation.settings.parts,
    services,
    swap: (parts) => {
      generation = createGeneration(parts, services, keys, hop)
    },
    run: async (draft) => {
      const { settings, lists } = generation
      const open = createCall(draft, services.log)
      calls += 1
      open.call.onSettled((outcome) => {
        calls -= 1
        if (outcome.error) failures.set(outcome.error, outcome)
        logOutcome(open.call, outcome, services)
      })
      return runCall(open, settings, lists, signals)
    },
    models: () => listModels(generation.settings.parts, generation.lists),
    model: async (id) => {
      const { settings, lists } = generation
      const cards = await listModels(settings.parts, lists)
      const listed = cards.find((card) => card.id === id)
      if (listed) return listed
      const slash = id.indexOf('/')
      const owner = settings.parts.providerNames.get(id.slice(0, Math.max(0, slash)).toLowerCase())
      return slash > 0 && owner !== undefined && settings.parts.upstreams.has(owner)
        ? { id, provider: owner }
        : undefined
    },
    outcomeOf: (error) => failures.get(error),
    inFlight: () => ({ calls, exchanges: services.transport.inFlight() }),
    providers: () =>
      [...generation.settings.parts.upstreams.values()].map((upstream) => ({
        id: upstream.id,
        inFlight: services.ledger.inUse(`provider:${upstream.id}`),
        isReady: upstream.missingKey === undefined,
        models: knownModels(upstream, generation.lists),
      })),
    isOwnHop: (headers) => hopsOf(headers).includes(hop),
    close: () => services.transport.close(),
  }
}

type Generation = { readonly settings: EngineSettings; readonly lists: ModelLists }

function createGeneration(
  parts: Parts,
  services: GatewayServices,
  keys: KeyRing,
  hop: string,
): Generation {
  const dialects = new Map<string, Dialect>(parts.dialects.map((dialect) => [dialect.id, dialect]))
  const framings = new Map<string, Framing>(parts.framings.map((framing) => [framing.id, framing]))
  const framingOf = (id: string): Framing => {
    const framing = framings.get(id)
    if (!framing) throw new GatewayError('internal', `No framing "${id}"`)
    return framing
  }
  return {
    settings: { parts, services, keys, dialects, framingOf, hop },
    lists: createModelLists(dialects, services, hop),
  }
}

async function runCall(
  { call, settle }: OpenCall,
  settings: EngineSettings,
  lists: ModelLists,
  signals: Signals,
): Promise<Reply> {
  const { parts, services } = settings
  let begun: Reply | undefined
  const last = async (inner: Call): Promise<Reply> => {
    begun = await answer(inner)
    return begun
  }
  const answer = async (inner: Call): Promise<Reply> => {
    const plan = await planCall(inner, parts, lists)
    if (inner.operation !== 'chat') return countTokens(inner, rank(inner, plan, signals), settings)
    // What a client got wrong is said before anybody is asked.
    if (needsDecoding(inner)) inner.request()
    return runAttempts(inner, plan.route, rank(inner, plan, signals), settings, settle)
  }
  try {
    const reply = await compose(parts.stages, last)(call)
    // A whole reply is over when it is made; the engine settles those that stream.
    if (reply.body !== undefined) settle(plainOutcome(call, reply.status, services))
    return reply
  } catch (thrown) {
    const error = toGatewayError(thrown)
    // A stage that fails on the way back has an answer nobody will start.
    begun?.cancel()
    settle({ ...plainOutcome(call, error.status, services), error })
    throw error
  }
}

const needsDecoding = (call: ChatCall): boolean =>
  call.isRewritten || call.body.bytes.length <= maxEagerBytes

const plainOutcome = (call: Call, status: number, services: GatewayServices): Outcome => ({
  status,
  attempts: [],
  losses: call.losses.list,
  durationMs: services.monotonic() - call.receivedAtMs,
})

function logOutcome(call: Call, outcome: Outcome, { log }: GatewayServices): void {
  const { status, target, durationMs, error, attempts, usage, mode, losses } = outcome
  const fields = {
    call: call.id,
    operation: call.operation,
    asked: call.model,
    target,
    status,
    durationMs: Math.round(durationMs),
    attempts: attempts.length,
    mode,
    ...(usage ? { input: inputTokens(usage), output: outputTokens(usage) } : {}),
    ...(losses.length > 0 ? { losses: losses.map(({ kind, what }) => `${kind}:${what}`) } : {}),
    ...(error ? { code: error.code } : {}),
  }
  if (error?.kind === 'internal') log.error({ ...fields, cause: error.cause }, error.message)
  else if (error) log.warn(fields, error.message)
  else log.info(fields, 'answered')
}

const knownModels = (upstream: Upstream, lists: ModelLists): number =>
  upstream.provider.kind === 'local'
    ? upstream.provider.models.length
    : lists.known(upstream).length
