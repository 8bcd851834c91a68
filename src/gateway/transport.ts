// One HTTP request to an upstream: callbacks all the way, no streams or promises per chunk.
// Connections are pooled per origin; pools live here, across reloads, and are closed with the gateway.

import { type Dispatcher, Pool } from 'undici'
import type { HeaderFields } from '../core/dialect.ts'

export type TransportRequest = {
  readonly origin: string
  readonly path: string
  readonly method: 'GET' | 'POST'
  readonly headers: HeaderFields
  readonly body?: Uint8Array
  readonly connectTimeoutMs: number
}

/** Called in order: `start` once, `chunk` any number of times, then `end` or `fail` exactly once. */
export type TransportListener = {
  start(status: number, headers: HeaderFields): void
  chunk(bytes: Uint8Array): void
  end(): void
  fail(error: Error): void
}

/** The running request. `abort` makes no further callbacks. */
export type Running = { pause(): void; resume(): void; abort(): void }

export type Transport = {
  send(request: TransportRequest, listener: TransportListener): Running
  /** Requests under way. */
  inFlight(): number
  close(): Promise<void>
}

const aborted = new Error('The request was called off')
const closed = new Error('The gateway is closed')

/** The real network, over undici pools. */
export function createTransport(): Transport {
  const pools = new Map<string, Pool>()
  let running = 0
  let isClosed = false

  const poolOf = (origin: string, connectTimeoutMs: number): Pool => {
    const key = `${origin} ${connectTimeoutMs}`
    const known = pools.get(key)
    if (known) return known
    // Time-outs for headers and body are the engine's own; two clocks would disagree.
    const pool = new Pool(origin, {
      connections: null,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: connectTimeoutMs },
      keepAliveTimeout: 30_000,
    })
    pools.set(key, pool)
    return pool
  }

  return {
    inFlight: () => running,
    close: async () => {
      isClosed = true
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
      pools.clear()
    },
    send: (request, listener) => {
      // A retry must not open connections that nobody would close any more.
      if (isClosed) return refuse(listener)
      let controller: Dispatcher.DispatchController | undefined
      let isOver = false
      let isPaused = false
      running += 1
      const finish = (): boolean => {
        if (isOver) return false
        isOver = true
        running -= 1
        return true
      }
      const gatherer = createGatherer((bytes) => {
        if (!isOver) listener.chunk(bytes)
      })
      poolOf(request.origin, request.connectTimeoutMs).dispatch(
        {
          path: request.path,
          method: request.method,
          headers: request.headers as Record<string, string>,
          body: request.body ?? null,
        },
        {
          onRequestStart: (started) => {
            controller = started
            if (isOver) started.abort(aborted)
            else if (isPaused) started.pause()
          },
          onResponseStart: (_controller, status, headers) => {
            if (!isOver) listener.start(status, toFields(headers))
          },
          onResponseData: (_controller, chunk) => {
            gatherer.add(chunk)
          },
          onResponseEnd: () => {
            gatherer.flush()
            if (finish()) listener.end()
          },
          onResponseError: (_controller, error) => {
            gatherer.flush()
            if (finish()) listener.fail(error)
          },
        },
      )
      return {
        pause: () => {
          isPaused = true
          controller?.pause()
        },
        resume: () => {
          isPaused = false
          controller?.resume()
        },
        abort: () => {
          if (finish()) controller?.abort(aborted)
        },
      }
    },
  }
}

function refuse(listener: TransportListener): Running {
  listener.fail(closed)
  return { pause: () => {}, resume: () => {}, abort: () => {} }
}

/** Puts together what one read of a socket held: providers send each event in an HTTP chunk of its own. */
function createGatherer(give: (bytes: Uint8Array) => void): {
  add(chunk: Uint8Array): void
  flush(): void
} {
  let chunks: Uint8Array[] = []
  const flush = (): void => {
    const [first] = chunks
    if (!first) return
    const bytes = chunks.length === 1 ? first : Buffer.concat(chunks)
    chunks = []
    give(bytes)
  }
  return {
    add: (chunk) => {
      // All of a read is parsed in one turn, so that the next tick comes right after it.
      if (chunks.push(chunk) === 1) process.nextTick(flush)
    },
    flush,
  }
}

function toFields(headers: Record<string, string | string[] | undefined>): HeaderFields {
  const fields: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) fields[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return fields
}
