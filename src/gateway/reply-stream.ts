// Carries one answer to one client: holds what may still be taken back, opens, keeps alive, pauses
// the upstream when the client is slow, and ends one way or another. Acts out the table in life.ts.

import type { Reply, ReplySink } from '../core/call.ts'
import type { HeaderFields } from '../core/dialect.ts'
import { GatewayError } from '../core/error.ts'
import type { Services } from '../core/services.ts'
import { born, type LifeAction, type LifeSignal, nextLife } from './life.ts'

export type ReplyStreamSettings = {
  readonly services: Services
  /** A stream shows bytes as they come; otherwise the body is sent whole. */
  readonly isStream: boolean
  /** Bytes that keep a silent client, and after how long; undefined = none. */
  readonly keepAlive: string | undefined
  readonly silenceMs: number
  /** Status and headers as known when the client is opened. */
  head(): {
    readonly status: number
    readonly headers: HeaderFields
    readonly trailerNames: readonly string[]
  }
  trailers(): HeaderFields
  errorFrames(error: GatewayError): string
  /** The first real piece is there: no other exchange can follow. */
  committed(): void
  /** The answer is over: `error` as told to the client, if any. Called exactly once. */
  settled(state: 'ended' | 'failed' | 'cancelled', error: GatewayError | undefined): void
}

/** How the current exchange is slowed and stopped. */
export type Flow = { pause(): void; resume(): void; abort(): void }

export type ReplyStream = {
  /** The client's reply, once it is open; rejects when it fails before. */
  readonly opened: Promise<Reply>
  /** Bytes of the current exchange; held until commit. */
  write(chunk: string | Uint8Array): void
  commit(): void
  end(): void
  /** This exchange failed and another follows: forget what was held. */
  retry(): void
  /** `isTold`: the client has read of it in the provider's own words. */
  fail(error: GatewayError, isTold?: boolean): void
  /** Fails it from outside: the exchange under way is stopped too. */
  stop(error: GatewayError): void
  cancel(): void
  /** True while another exchange may still be tried. */
  readonly isHeld: boolean
  /** True once nothing can change any more. */
  readonly isOver: boolean
  setFlow(flow: Flow | undefined): void
}

/** Bytes that may wait for a slow client before the upstream is paused. */
const maxQueuedBytes = 64 * 1024

export function createReplyStream(settings: ReplyStreamSettings): ReplyStream {
  const { services } = settings
  let life = born
  let held: (string | Uint8Array)[] = []
  let queue: (string | Uint8Array)[] = []
  let queuedBytes = 0
  let sink: ReplySink | undefined
  let flow: Flow | undefined
  let isFull = false
  let isFinished = false
  let failure: GatewayError | undefined
  let isTold = false
  let resolve: (reply: Reply) => void = () => {}
  let reject: (error: GatewayError) => void = () => {}
  const opened = new Promise<Reply>((onOpen, onFail) => {
    resolve = onOpen
    reject = onFail
  })
  // A client that hung up never awaits this.
  opened.catch(() => {})

  const canKeepAlive = settings.isStream && settings.keepAlive !== undefined
  const silence = canKeepAlive ? services.timer(settings.silenceMs, () => onSilence()) : undefined

  const send = (chunk: string | Uint8Array): void => {
    if (!sink) {
      queue.push(chunk)
      queuedBytes += chunk.length
      if (queuedBytes > maxQueuedBytes && settings.isStream) slow()
      return
    }
    if (!sink.write(chunk)) slow()
  }

  const slow = (): void => {
    if (isFull) return
    isFull = true
    flow?.pause()
  }

  const onSilence = (): void => {
    signal('silence')
    silence?.refresh()
  }

  const toReply = (): Reply => {
    const { status, headers, trailerNames } = settings.head()
    const body = settings.isStream ? undefined : joinChunks(held)
    return {
      status,
      headers,
      trailerNames: settings.isStream ? trailerNames : [],
      ...(body === undefined ? {} : { body }),
      start: (given) => {
        sink = given
        const waiting = queue
        queue = []
        queuedBytes = 0
        isFull = false
        for (const chunk of waiting) if (!given.write(chunk)) isFull = true
        if (isFinished) given.end(settings.trailers())
        else if (isFull) flow?.pause()
        else flow?.resume()
      },
      resume: () => {
        if (!isFull) return
        isFull = false
        flow?.resume()
      },
      cancel: () => signal('hang-up'),
    }
  }

  const actions: Record<LifeAction, () => void> = {
    open: () => {
      const reply = toReply()
      if (!settings.isStream) held = []
      resolve(reply)
    },
    flush: () => {
      for (const chunk of held) send(chunk)
      held = []
    },
    discard: () => {
      held = []
    },
    'keep-alive': () => {
      // Who does not read needs no sign of life.
      if (settings.keepAlive !== undefined && !isFull) send(settings.keepAlive)
    },
    reject: () =>
      reject(failure ?? new GatewayError('cancelled', 'The client closed the connection')),
    'error-frames': () => {
      if (failure && !isTold) send(settings.errorFrames(failure))
    },
    finish: () => {
      isFinished = true
      sink?.end(settings.trailers())
    },
    'abort-upstream': () => flow?.abort(),
  }

  const signal = (given: LifeSignal): void => {
    const { state, actions: steps } = nextLife(life, given)
    life = state
    stream.isHeld = state.exchange === 'held'
    stream.isOver = !stream.isHeld && state.exchange !== 'committed'
    for (const step of steps) actions[step]()
    if (state.exchange === 'held' || state.exchange === 'committed' || steps.length === 0) return
    silence?.clear()
    settings.settled(state.exchange, failure)
  }

  // Plain fields: a getter in an object made for every call gives each object a hidden class of its own.
  const stream: { -readonly [Field in keyof ReplyStream]: ReplyStream[Field] } = {
    opened,
    isHeld: true,
    isOver: false,
    write: (chunk) => {
      if (chunk.length === 0) return
      if (life.exchange === 'held') held.push(chunk)
      else if (life.exchange === 'committed') {
        silence?.refresh()
        send(chunk)
      }
    },
    commit: () => {
      if (life.exchange !== 'held') return
      signal('content')
      settings.committed()
    },
    end: () => signal('end'),
    retry: () => signal('retry'),
    fail: (error, wasTold = false) => {
      failure ??= error
      isTold = wasTold
      signal('fail')
    },
    stop: (error) => {
      const running = flow
      failure ??= error
      signal('fail')
      running?.abort()
    },
    cancel: () => signal('hang-up'),
    setFlow: (given) => {
      flow = given
      if (isFull) flow?.pause()
    },
  }
  return stream
}

function joinChunks(chunks: readonly (string | Uint8Array)[]): string | Uint8Array {
  const [first] = chunks
  if (chunks.length === 1 && first !== undefined) return first
  if (chunks.every((chunk) => typeof chunk === 'string')) return chunks.join('')
  return Buffer.concat(
    chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)),
  )
}
