// One HTTP exchange with one target: watches the clock, gathers what comes whole, renders what
// streams, and says in the end whether another attempt is called for.

import type { HeaderFields } from '../../core/dialect.ts'
import { GatewayError, toGatewayError } from '../../core/error.ts'
import { type Json, parseJson } from '../../core/json.ts'
import type { Timeouts } from '../../core/provider.ts'
import type { Services, Timer } from '../../core/services.ts'
import type { Output, Rendering } from '../render/rendering.ts'
import type { ReplyStream } from '../reply-stream.ts'
import type { Running, Transport, TransportRequest } from '../transport.ts'
import { createInflater, encodingOf, type Inflater } from './inflate.ts'
import { toNetworkError } from './network-error.ts'

/** `answered` covers everything after commit: then the reply has been told of ends and failures. */
export type ExchangeEnd =
  | { readonly type: 'answered' }
  | { readonly type: 'cancelled' }
  | { readonly type: 'failed'; readonly error: GatewayError }

export type ExchangeSettings = {
  readonly transport: Transport
  readonly services: Services
  readonly timeouts: Timeouts
  readonly provider: string
  readonly reply: ReplyStream
  /** Content type of the framing a streamed answer should have. */
  readonly streamType: string
  readonly asksStream: boolean
  /** What a refusal means. */
  decodeError(failure: { status: number; headers: HeaderFields; body: Json }): GatewayError
  /** Makes the rendering once it is known how the answer comes. */
  render(isStream: boolean, output: Output): Rendering
  /** True once the provider said why its answer ends. */
  hasFinished(): boolean
  /** True once it said its last word, good or bad. */
  hasEnded(): boolean
  /** The head of a good answer. */
  onHead(headers: HeaderFields): void
  /** The target is quite done with us: its slot is free. */
  onReleased(): void
}

const maxErrorBytes = 256 * 1024
const maxWholeBytes = 64 * 1024 * 1024
// A provider that has said its last word gets this long to close before we do.
const drainMs = 1000

type Phase = 'head' | 'error' | 'whole' | 'sniff' | 'stream' | 'over'

/** Runs to the end of the answer. The request's body is not kept beyond its sending. */
export function runExchange(
  request: TransportRequest,
  settings: ExchangeSettings,
): Promise<ExchangeEnd> {
  const { services, timeouts, provider, reply, transport } = settings
  return new Promise((resolve) => {
    let phase: Phase = 'head'
    let status = 0
    let headers: HeaderFields = {}
    let gathered: Uint8Array[] = []
    let gatheredBytes = 0
    let rendering: Rendering | undefined
    let inflater: Inflater | undefined
    let running: Running | undefined
    let isReleased = false
    let isSettled = false
    let isDraining = false
    let isPaused = false
    let heldBytes = 0
    let silence: GatewayError | undefined
    let idle: Timer | undefined
    const firstByte = services.timer(timeouts.firstByteMs, () =>
      fail(
        new GatewayError(
          'provider-timeout',
          `Provider "${provider}" did not begin to answer within ${timeouts.firstByteMs} ms`,
          { provider },
        ),
      ),
    )

    const release = (): void => {
      if (isReleased) return
      isReleased = true
      firstByte.clear()
      idle?.clear()
      inflater?.destroy()
      settings.onReleased()
    }
    const stop = (): void => {
      phase = 'over'
      running?.abort()
      release()
    }
    const settle = (end: ExchangeEnd): void => {
      isSettled = true
      reply.setFlow(undefined)
      resolve(end)
    }
    const fail = (found: GatewayError, isTold = false): void => {
      if (isSettled) return
      // What silence cut off is told as silence.
      const error = isTold ? found : (silence ?? found)
      stop()
      if (reply.isHeld) return settle({ type: 'failed', error })
      reply.fail(error, isTold)
      settle({ type: 'answered' })
    }
    const output: Output = {
      write: (chunk) => reply.write(chunk),
      commit: () => reply.commit(),
      end: () => {
        reply.end()
        settle({ type: 'answered' })
        if (!isReleased) drain(stop)
      },
      fail: (error, isTold) => fail(error, isTold),
    }
    const drain = (then: () => void): void => {
      isDraining = true
      idle?.clear()
      idle = services.timer(drainMs, then)
    }
    const guarded = (work: () => void): void => {
      try {
        work()
      } catch (thrown) {
        fail(toGatewayError(thrown))
      }
    }
    const gather = (bytes: Uint8Array, max: number): void => {
      gatheredBytes += bytes.length
      if (gatheredBytes > max) return fail(tooMuch(provider, max))
      gathered.push(bytes)
    }
    const takeGathered = (): Uint8Array => {
      const whole = gathered.length === 1 && gathered[0] ? gathered[0] : Buffer.concat(gathered)
      gathered = []
      return whole
    }
    const startStream = (): void => {
      phase = 'stream'
      rendering = settings.render(true, output)
      for (const bytes of gathered.splice(0)) rendering.chunk(bytes)
    }
    const onIdle = (): void => {
      silence = isPaused
        ? new GatewayError('cancelled', `The client read nothing for ${timeouts.idleMs} ms`)
        : new GatewayError(
            'provider-timeout',
            `Provider "${provider}" sent nothing for ${timeouts.idleMs} ms`,
            { provider },
          )
      // A stream may be whole although its end was never marked.
      if (phase === 'stream' && !isPaused) guarded(finish)
      fail(silence)
    }
    const finish = (): void => {
      if (phase === 'over') return
      if (phase === 'error') return fail(refusal())
      if (phase === 'sniff') phase = 'whole'
      if (phase === 'whole') {
        rendering = settings.render(false, output)
        rendering.whole(takeGathered())
      }
      rendering?.end()
      if (!isSettled) fail(truncated(provider))
      phase = 'over'
      running?.abort()
      release()
    }
    const refusal = (): GatewayError => {
      const text = Buffer.from(takeGathered()).toString('utf8')
      return settings.decodeError({ status, headers, body: parseJson(text) ?? text })
    }
    const streamed = (bytes: Uint8Array): void => {
      rendering?.chunk(bytes)
      if (reply.isHeld) {
        heldBytes += bytes.length
        if (heldBytes > maxWholeBytes) return fail(tooMuch(provider, maxWholeBytes))
      }
      // Some never close after their last word: nobody is kept waiting for that.
      if (!isDraining && !isSettled && settings.hasEnded()) drain(() => guarded(finish))
    }
    const chunk = (bytes: Uint8Array): void => {
      if (phase === 'stream') return streamed(bytes)
      if (phase === 'error') {
        gather(bytes.subarray(0, maxErrorBytes - gatheredBytes), maxErrorBytes)
        return gatheredBytes < maxErrorBytes ? undefined : fail(refusal())
      }
      if (phase === 'whole') return gather(bytes, maxWholeBytes)
      if (phase !== 'sniff') return undefined
      gather(bytes, maxWholeBytes)
      const first = firstVisible(bytes)
      // Some servers answer a stream request with one JSON body and say neither yes nor no.
      if (first === 0x7b || first === 0x5b) phase = 'whole'
      else if (first !== undefined) startStream()
      return undefined
    }

    reply.setFlow({
      pause: () => {
        isPaused = true
        running?.pause()
        inflater?.pause()
      },
      resume: () => {
        isPaused = false
        if (!isDraining) idle?.refresh()
        inflater?.resume()
        running?.resume()
      },
      abort: () => {
        stop()
        settle({ type: 'cancelled' })
      },
    })
    running = transport.send(request, {
      start: (given, fields) => {
        if (given < 200 || phase === 'over') return
        status = given
        headers = fields
        phase = given >= 300 ? 'error' : phaseOf(fields['content-type'] ?? '', settings)
        if (phase !== 'error') settings.onHead(fields)
        const encoding = encodingOf(fields)
        if (encoding !== undefined) {
          inflater = createInflater(encoding, {
            chunk: (bytes) => guarded(() => chunk(bytes)),
            end: () => guarded(finish),
            fail: () => fail(phase === 'error' ? refusal() : unreadable(provider, encoding)),
          })
          if (!inflater) return fail(phase === 'error' ? refusal() : unreadable(provider, encoding))
        }
        if (phase === 'stream') guarded(startStream)
        return undefined
      },
      chunk: (bytes) => {
        if (!idle && phase !== 'over') {
          firstByte.clear()
          idle = services.timer(timeouts.idleMs, onIdle)
        } else if (!isDraining) idle?.refresh()
        if (inflater) inflater.push(bytes)
        else guarded(() => chunk(bytes))
      },
      end: () => {
        if (inflater && phase !== 'over') inflater.end()
        else {
          guarded(finish)
          release()
        }
      },
      fail: (error) => {
        const hadHead = phase !== 'head'
        // Cut off after its last word is an answer all the same.
        if (settings.hasFinished()) guarded(finish)
        fail(toNetworkError(error, provider, hadHead))
        release()
      },
    })
    if (isReleased) running.abort()
  })
}

const truncated = (provider: string): GatewayError =>
  new GatewayError('provider-truncated', `Provider "${provider}" broke off its answer`, {
    provider,
  })

const tooMuch = (provider: string, max: number): GatewayError =>
  new GatewayError(
    'provider-invalid-response',
    `Provider "${provider}" sent more than ${max} bytes where an answer should have come`,
    { provider },
  )

const unreadable = (provider: string, encoding: string): GatewayError =>
  new GatewayError(
    'provider-invalid-response',
    `Provider "${provider}" sent a body that is no readable ${encoding}`,
    { provider },
  )

function phaseOf(
  contentType: string,
  { streamType, asksStream }: Pick<ExchangeSettings, 'streamType' | 'asksStream'>,
): Phase {
  if (contentType.startsWith(streamType)) return 'stream'
  if (contentType.includes('json') || !asksStream) return 'whole'
  return 'sniff'
}

function firstVisible(bytes: Uint8Array): number | undefined {
  return bytes.find(
    (byte) =>
      byte !== 0x20 &&
      byte !== 0x0a &&
      byte !== 0x0d &&
      byte !== 0x09 &&
      byte !== 0xef &&
      byte !== 0xbb &&
      byte !== 0xbf,
  )
}
