// Walks a call's targets until one answers. The only place where attempts are repeated, keys chosen,
// slots taken and deadlines kept.

import type { Repair } from '../../core/adaptation.ts'
import type { AttemptRecord, ChatCall, Outcome, Reply } from '../../core/call.ts'
import type { Dialect } from '../../core/dialect.ts'
import { GatewayError, toGatewayError } from '../../core/error.ts'
import type { Framing } from '../../core/framing.ts'
import type { Target } from '../../core/provider.ts'
import { redact } from '../../core/redact.ts'
import type { Ranked } from '../../core/route.ts'
import type { Secret } from '../../core/secret.ts'
import type { Timer } from '../../core/services.ts'
import { createMeter } from '../meter.ts'
import { createReplyHead } from '../reply-head.ts'
import { createReplyStream, type ReplyStream } from '../reply-stream.ts'
import type { EngineSettings } from './engine-settings.ts'
import type { ExchangeEnd } from './exchange.ts'
import { exchangeLocally } from './local-exchange.ts'
import { mayMendItself, nextStep } from './policy.ts'
import { type Mending, prepare } from './prepare.ts'
import { exchangeOverWire } from './wire-exchange.ts'

const silenceMs = 15_000

/** One call's walk; the reply resolves at opening and rejects when every way failed before it. */
export function runAttempts(
  call: ChatCall,
  route: string,
  ranked: readonly Ranked[],
  settings: EngineSettings,
  settle: (outcome: Outcome) => void,
): Promise<Reply> {
  const walk = createWalk(call, route, ranked, settings, settle)
  walk.run().catch((thrown) => walk.reply.fail(toGatewayError(thrown)))
  return walk.reply.opened
}

/** What the provider said, for the log: providers like to repeat the key they refuse. */
const upstreamWords = ({ upstream }: Target, error: GatewayError): string | undefined =>
  error.upstream &&
  redact(
    error.upstream.text,
    upstream.keys.map((key) => key.reveal()),
  )

const outcomes = { ended: 'answered', failed: 'failed', cancelled: 'cancelled' } as const

type Walk = { readonly reply: ReplyStream; run(): Promise<void> }

function createWalk(
  call: ChatCall,
  route: string,
  ranked: readonly Ranked[],
  settings: EngineSettings,
  settle: (outcome: Outcome) => void,
): Walk {
  const { parts, services, keys } = settings
  const attempts: AttemptRecord[] = []
  const tried = new Set<Secret>()
  const head = createReplyHead(call, route)
  let meter = createMeter()
  let hasExchanged = false
  let deadline: Timer | undefined
  let forget: (() => void) | undefined

  const framing = settings.framingOf(call.dialect.framing)
  let current:
    | { readonly target: Target; readonly startedAtMs: number; readonly repair?: string }
    | undefined
  const endAttempt = (
    outcome: AttemptRecord['outcome'],
    error?: GatewayError,
  ): readonly AttemptRecord[] => {
    if (!current) return []
    const { target, startedAtMs, repair } = current
    current = undefined
    return [
      {
        target: target.id,
        outcome,
        ...(error ? { error } : {}),
        ...(repair === undefined ? {} : { repair }),
        durationMs: services.monotonic() - startedAtMs,
      },
    ]
  }
  const reply = createReplyStream({
    services,
    isStream: call.isStream,
    keepAlive: keepAliveOf(call.dialect, framing),
    silenceMs,
    head: () => head.toHead(call.isStream ? framing.contentType : 'application/json', meter),
    trailers: () => head.trailers(meter),
    errorFrames: (error) =>
      call.dialect.error
        .frames(error, call.id)
        .map((frame) => framing.encode(frame))
        .join(''),
    committed: () => call.letGo(),
    settled: (state, error) => {
      deadline?.clear()
      forget?.()
      const usage = hasExchanged ? meter.usage(call.estimateInput) : undefined
      settle({
        ...head.facts(),
        status: state === 'cancelled' ? 499 : (error?.status ?? 200),
        ...(error ? { error } : {}),
        ...(usage ? { usage } : {}),
        attempts: [...attempts, ...endAttempt(outcomes[state], error)],
        durationMs: services.monotonic() - call.receivedAtMs,
      })
    },
  })
  const { deadlineMs } = parts
  if (deadlineMs !== undefined) {
    const spentMs = services.monotonic() - call.receivedAtMs
    deadline = services.timer(Math.max(0, deadlineMs - spentMs), () =>
      reply.stop(new GatewayError('deadline', `The call did not finish within ${deadlineMs} ms`)),
    )
  }
  // Last: a client that is gone already ends the call here and now.
  forget = call.cancellation.onCancel(() => reply.cancel())

  /** One attempt: a slot, a key, a request, an exchange. */
  const attempt = async (
    target: Target,
    mendings: readonly Mending[],
  ): Promise<ExchangeEnd & { key?: Secret }> => {
    const { upstream } = target
    const reservation = services.ledger.reserve([
      {
        resource: `provider:${upstream.id}`,
        amount: 1,
        limit: upstream.maxConcurrency ?? Number.POSITIVE_INFINITY,
      },
    ])
    if (!reservation.isGranted) {
      return failed(
        new GatewayError(
          'overloaded',
          `Provider "${upstream.id}" already has its ${reservation.limit} calls in flight`,
          { provider: upstream.id, retryAfterMs: 1000 },
        ),
      )
    }
    let isSlotHandedOn = false
    try {
      meter = createMeter()
      if (upstream.provider.kind === 'local') {
        hasExchanged = true
        head.attempted(target, services.monotonic())
        return await exchangeLocally(call, target, upstream.provider, settings, {
          reply,
          head,
          meter,
        })
      }
      const prepared = prepare(
        call,
        target,
        { dialects: settings.dialects, adaptations: parts.adaptations },
        mendings,
      )
      if (upstream.missingKey !== undefined && upstream.keys.length === 0) {
        return failed(
          new GatewayError('provider-not-configured', upstream.missingKey, {
            provider: upstream.id,
          }),
        )
      }
      const key = keys.pick(upstream, tried)
      hasExchanged = true
      isSlotHandedOn = true
      head.attempted(target, services.monotonic())
      const end = await exchangeOverWire(call, target, prepared, key, settings, {
        reply,
        head,
        meter,
        onReleased: () => reservation.lease.settle(),
      })
      return key ? { ...end, key } : end
    } catch (thrown) {
      reservation.lease.settle()
      return failed(toGatewayError(thrown))
    } finally {
      if (!isSlotHandedOn) reservation.lease.settle()
    }
  }

  const recordFailure = (target: Target, error: GatewayError): void => {
    const attempt = endAttempt('failed', error)
    attempts.push(...attempt)
    head.lost(attempt[0]?.durationMs ?? 0)
    services.log.debug(
      { call: call.id, target: target.id, code: error.code, cause: upstreamWords(target, error) },
      error.message,
    )
  }

  const run = async (): Promise<void> => {
    let position = 0
    let triesLeft = parts.retry.max
    let waits = 0
    let mendings: readonly Mending[] = []
    const lastErrors = new Map<Target, GatewayError>()
    for (;;) {
      if (reply.isOver) return
      const target = ranked[position]?.target
      if (!target) return reply.fail(worst(lastErrors))
      const repaired = mendings.at(-1)?.repair.name
      current = {
        target,
        startedAtMs: services.monotonic(),
        ...(repaired === undefined ? {} : { repair: repaired }),
      }
      const end = await attempt(target, mendings)
      if (end.type !== 'failed' || reply.isOver) return
      recordFailure(target, end.error)
      const { error } = end
      lastErrors.set(target, error)
      reply.retry()
      const repair = findRepair(error, call, target, parts.repairs, mendings)
      if (repair) {
        mendings = [...mendings, { repair, error }]
        continue
      }
      if (end.key && error.fault === 'key') keys.bench(target.upstream, end.key, error)
      if (end.key && error.retry === 'key') tried.add(end.key)
      const step = nextStep(error, {
        hasOtherKey: keys.hasFresh(target.upstream, tried),
        hasNextTarget: position + 1 < ranked.length,
        triesLeft,
        waits,
        baseMs: parts.retry.baseMs,
        random: services.random,
      })
      if (step.type === 'other-key') continue
      mendings = []
      if (step.type === 'give-up')
        return reply.fail(error.retry === 'never' ? error : worst(lastErrors))
      if (step.type === 'next-target') {
        position += 1
        // The same place with another model may take the same key.
        tried.clear()
      }
      if (step.type === 'wait') {
        triesLeft -= 1
        waits += 1
        tried.clear()
        await pause(step.afterMs)
        position = Math.max(
          0,
          ranked.findIndex(({ target: one }) => mayMendItself(lastErrors.get(one) ?? error)),
        )
      }
    }
  }

  const pause = (afterMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = services.timer(afterMs, resolve)
      reply.setFlow({
        pause: () => {},
        resume: () => {},
        abort: () => {
          timer.clear()
          resolve()
        },
      })
    })

  return { reply, run }
}

const failed = (error: GatewayError): ExchangeEnd => ({ type: 'failed', error })

/** The error that tells a client most: what an upstream said beats what never left the gateway. */
function worst(errors: ReadonlyMap<Target, GatewayError>): GatewayError {
  const all = [...errors.values()]
  return (
    all.findLast(({ fault, upstream }) => fault === 'client' && upstream !== undefined) ??
    all.findLast(({ fault }) => fault !== 'gateway' && fault !== 'client') ??
    all.at(-1) ??
    new GatewayError('no-target', 'No target can serve this call')
  )
}

function findRepair(
  error: GatewayError,
  call: ChatCall,
  target: Target,
  general: readonly Repair[],
  done: readonly Mending[],
): Repair | undefined {
  if (error.kind !== 'rejected') return undefined
  const own =
    target.upstream.provider.kind === 'wire' ? (target.upstream.provider.repairs ?? []) : []
  const isNew = (repair: Repair): boolean =>
    !done.some(({ repair: { name } }) => name === repair.name)
  const candidates = [...own, ...general].filter(isNew)
  if (candidates.length === 0) return undefined
  try {
    const request = call.request()
    return candidates.find((repair) => repair.matches(error, request))
  } catch {
    // What was forwarded unread and cannot be read cannot be mended: the provider's word stands.
    return undefined
  }
}

function keepAliveOf(dialect: Dialect, framing: Framing): string | undefined {
  return 'comment' in dialect.keepAlive
    ? framing.comment?.(dialect.keepAlive.comment)
    : framing.encode(dialect.keepAlive.frame)
}
