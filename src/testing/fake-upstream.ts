// A provider that plays a script: a real HTTP server on loopback, with every fault a network or a
// vendor can have, which remembers what it was asked and what it still has open.

import { setMaxListeners } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { cutBytes, cutBytesAt } from './random.ts'

/** What goes wrong, and after how many bytes of the body (undefined = before the head is sent). */
export type UpstreamFault =
  /** The socket is destroyed: the reader sees a reset. */
  | { readonly kind: 'reset'; readonly afterBytes?: number }
  /** Nothing more comes, and the connection stays open until somebody gives up. */
  | { readonly kind: 'stall'; readonly afterBytes?: number }
  /** The body ends early but cleanly, as if it were whole. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** These bytes are put into the body there. */
  | { readonly kind: 'garbage'; readonly afterBytes: number; readonly bytes: Uint8Array }

export type ScriptedAnswer = {
  /** 200 when left out. */
  readonly status?: number
  readonly headers?: { readonly [name: string]: string }
  /** Text, bytes, or anything else as JSON. */
  readonly body?: unknown
  /** How the body is cut into writes: at these offsets, or at `count` seeded random places. */
  readonly cuts?: readonly number[] | { readonly seed: number; readonly count: number }
  /** Silence before the head. */
  readonly headDelayMs?: number
  /** Silence before each piece of the body. */
  readonly pieceDelayMs?: number
  readonly isCompressed?: boolean
  readonly fault?: UpstreamFault
}

export type ReceivedRequest = {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly bytes: Uint8Array
  /** Undefined when the body is no JSON. */
  readonly json: unknown
  /** True once the reader hung up before the answer was over. */
  isAborted: boolean
}

/** One answer for all, a list (the last one repeats), or a choice by request. */
export type Script =
  | ScriptedAnswer
  | readonly ScriptedAnswer[]
  | ((request: ReceivedRequest, number: number) => ScriptedAnswer)

export type FakeUpstream = {
  /** `http://127.0.0.1:port`, without a path. */
  readonly address: string
  /** Every request since the script was last set, oldest first. */
  readonly requests: readonly ReceivedRequest[]
  /** Plays another script from now on, and forgets the requests so far. */
  play(script: Script): void
  /** Requests whose answer is not over. */
  inFlight(): number
  openSockets(): number
  close(): Promise<void>
}

/** Starts a fake provider on a free port of 127.0.0.1. */
export async function startFakeUpstream(first: Script = {}): Promise<FakeUpstream> {
  const sockets = new Set<Socket>()
  const open = new Set<ServerResponse>()
  let requests: ReceivedRequest[] = []
  let script = first
  const closing = new AbortController()
  // Every answer under way listens to it.
  setMaxListeners(0, closing.signal)
  const server = createServer((incoming, outgoing) => {
    open.add(outgoing)
    outgoing.once('close', () => open.delete(outgoing))
    void receive(incoming).then((request) => {
      requests.push(request)
      outgoing.once('close', () => {
        request.isAborted = !outgoing.writableFinished
      })
      return play(outgoing, pick(script, request, requests.length - 1), closing.signal)
    }, ignoreHangUp)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const address = await listen(server)
  return {
    address,
    get requests() {
      return requests
    },
    play: (next) => {
      script = next
      requests = []
    },
    inFlight: () => open.size,
    openSockets: () => sockets.size,
    close: () => {
      closing.abort()
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** An address on loopback where nobody listens: connecting is refused. */
export async function findClosedAddress(): Promise<string> {
  const server = createServer()
  const address = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return address
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function receive(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Uint8Array[] = []
  for await (const chunk of incoming) chunks.push(chunk as Uint8Array)
  const bytes = Buffer.concat(chunks)
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: incoming.headers,
    bytes,
    json: parse(bytes.toString('utf8')),
    isAborted: false,
  }
}

function pick(script: Script, request: ReceivedRequest, number: number): ScriptedAnswer {
  if (typeof script === 'function') return script(request, number)
  if (!isList(script)) return script
  return script[Math.min(number, script.length - 1)] ?? {}
}

const isList = (script: Script): script is readonly ScriptedAnswer[] => Array.isArray(script)

async function play(
  outgoing: ServerResponse,
  answer: ScriptedAnswer,
  signal: AbortSignal,
): Promise<void> {
  const { fault } = answer
  try {
    if (answer.headDelayMs) await wait(answer.headDelayMs, undefined, { signal })
    if (fault && (fault.kind === 'reset' || fault.kind === 'stall')) {
      if (fault.afterBytes === undefined) return breakOff(outgoing, fault.kind)
    }
    const body = toBody(answer)
    outgoing.writeHead(answer.status ?? 200, toHeaders(answer))
    outgoing.flushHeaders()
    const kept = fault?.afterBytes === undefined ? body : withFault(body, fault)
    for (const piece of toPieces(kept, answer)) {
      if (answer.pieceDelayMs) await wait(answer.pieceDelayMs, undefined, { signal })
      if (!(await write(outgoing, piece))) return
    }
    if (fault?.kind === 'reset' || fault?.kind === 'stall') return breakOff(outgoing, fault.kind)
    outgoing.end()
  } catch {
    outgoing.destroy()
  }
}

/** Resolves to false when the reader is gone. Waiting for each piece keeps the cuts apart on the wire. */
const write = (outgoing: ServerResponse, piece: Uint8Array): Promise<boolean> =>
  new Promise((resolve) => {
    const giveUp = (): void => resolve(false)
    if (outgoing.destroyed) {
      giveUp()
      return
    }
    outgoing.once('close', giveUp)
    outgoing.write(piece, () => {
      outgoing.off('close', giveUp)
      setImmediate(resolve, true)
    })
  })

function breakOff(outgoing: ServerResponse, kind: 'reset' | 'stall'): void {
  if (kind === 'reset') outgoing.socket?.resetAndDestroy()
}

function withFault(body: Uint8Array, fault: UpstreamFault): Uint8Array {
  const head = body.subarray(0, fault.afterBytes)
  return fault.kind === 'garbage'
    ? Buffer.concat([head, fault.bytes, body.subarray(fault.afterBytes)])
    : head
}

function toBody({ body, isCompressed }: ScriptedAnswer): Uint8Array {
  const plain =
    body instanceof Uint8Array
      ? body
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? {}))
  return isCompressed ? gzipSync(plain) : plain
}

function toHeaders({ body, headers, isCompressed }: ScriptedAnswer): Record<string, string> {
  const isEventStream = typeof body === 'string' && /^(:|data:|event:)/.test(body)
  return {
    'content-type': isEventStream ? 'text/event-stream' : 'application/json',
    ...(isCompressed ? { 'content-encoding': 'gzip' } : {}),
    ...headers,
  }
}

function toPieces(body: Uint8Array, { cuts }: ScriptedAnswer): readonly Uint8Array[] {
  if (!cuts) return body.length > 0 ? [body] : []
  return 'seed' in cuts ? cutBytes(body, cuts.seed, cuts.count) : cutBytesAt(body, cuts)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A request that ends before its body is whole is nothing to answer. */
const ignoreHangUp = (): void => {}
