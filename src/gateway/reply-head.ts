// The headers and trailers that tell a client what became of its call: known at opening → header,
// learned in the stream → trailer.

import type { ChatCall, Outcome } from '../core/call.ts'
import type { HeaderFields } from '../core/dialect.ts'
import { type Losses, toLossHeader } from '../core/loss.ts'
import type { Target } from '../core/provider.ts'
import { inputTokens, outputTokens } from '../core/usage.ts'
import { toHeaderValue } from './headers.ts'
import type { Meter } from './meter.ts'

export type ReplyHead = {
  /** An attempt on `target` begins. */
  attempted(target: Target, atMs: number): void
  /** Its answer has begun: provider headers to show, its losses, how it is rendered. */
  rendered(headers: Readonly<Record<string, string>>, losses: Losses, mode: string): void
  /** An attempt came to nothing after `durationMs`; that was not our time. */
  lost(durationMs: number): void
  toHead(
    contentType: string,
    meter: Meter,
  ): {
    readonly status: number
    readonly headers: HeaderFields
    readonly trailerNames: readonly string[]
  }
  trailers(meter: Meter): HeaderFields
  /** The same facts for the call's outcome. */
  facts(): Pick<Outcome, 'target' | 'model' | 'losses' | 'mode'>
}

const trailerNames = ['x-router-input-tokens', 'x-router-output-tokens', 'x-router-loss']
const answererNames = ['x-router-provider', 'x-router-model', 'x-router-attempts']
const streamHeaders = { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' }

export function createReplyHead(call: ChatCall, route: string): ReplyHead {
  let target: Target | undefined
  let attempts = 0
  let startedAtMs = call.receivedAtMs
  let lostMs = 0
  let shown: Readonly<Record<string, string>> = {}
  let losses: Losses | undefined
  let mode: string | undefined
  let isOpenedEarly = false

  const tokens = (meter: Meter): Record<string, string> => {
    const usage = meter.usage(() => 0)
    const isKnown = (from: string | undefined): boolean =>
      from !== undefined && from !== 'estimated'
    return {
      ...(isKnown((usage.input ?? usage.cacheRead)?.from)
        ? { 'x-router-input-tokens': String(inputTokens(usage)) }
        : {}),
      ...(isKnown(usage.output?.from)
        ? { 'x-router-output-tokens': String(outputTokens(usage)) }
        : {}),
    }
  }
  const answerer = (): Record<string, string> => ({
    ...(target
      ? {
          'x-router-provider': target.upstream.id,
          'x-router-model': toHeaderValue(target.model),
        }
      : {}),
    'x-router-attempts': String(attempts),
  })
  const lossHeader = (): Record<string, string> =>
    losses && losses.list.length > 0 ? { 'x-router-loss': toLossHeader(losses.list) } : {}

  return {
    attempted: (given, atMs) => {
      target = given
      attempts += 1
      startedAtMs = atMs
      shown = {}
      losses = undefined
      mode = undefined
    },
    rendered: (headers, given, how) => {
      shown = headers
      losses = given
      mode = how
    },
    lost: (durationMs) => {
      lostMs += durationMs
    },
    toHead: (contentType, meter) => {
      // Opened by silence: who is asked now may not be who answers.
      isOpenedEarly = call.isStream && mode === undefined
      return {
        status: 200,
        headers: {
          'content-type': contentType,
          ...(call.isStream ? streamHeaders : {}),
          ...shown,
          'x-router-request-id': call.id,
          'x-router-route': toHeaderValue(route),
          ...answerer(),
          'x-router-overhead-ms': Math.max(0, startedAtMs - call.receivedAtMs - lostMs).toFixed(1),
          ...lossHeader(),
          ...(call.isStream ? {} : tokens(meter)),
        },
        trailerNames: isOpenedEarly ? [...trailerNames, ...answererNames] : trailerNames,
      }
    },
    trailers: (meter) => ({
      ...tokens(meter),
      ...lossHeader(),
      ...(isOpenedEarly ? answerer() : {}),
    }),
    facts: () => ({
      ...(target ? { target: target.id, model: target.model } : {}),
      losses: losses?.list ?? [],
      ...(mode === undefined ? {} : { mode }),
    }),
  }
}
