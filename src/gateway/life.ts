// The life of a reply, as one table. *Commit* is per exchange: before it any failure may move on to
// another target, after it never. *Opening* is per client: after it there is no status any more, and
// errors are told in the stream.

/** `held`: nothing of this exchange has been shown; `committed`: it is this one or an error. */
export type ExchangeState = 'held' | 'committed' | 'ended' | 'failed' | 'cancelled'
/** Whether the client has seen a status and headers. */
export type ClientState = 'closed' | 'open'

export type LifeState = { readonly exchange: ExchangeState; readonly client: ClientState }

/**
 * `content`: the first real piece of an answer. `silence`: nothing for a while. `retry`: this exchange
 * failed, another follows. `fail`: failed for good. `end`: the answer is complete. `hang-up`: the
 * client is gone.
 */
export type LifeSignal = 'content' | 'silence' | 'retry' | 'fail' | 'end' | 'hang-up'

export type LifeAction =
  | 'open'
  | 'flush'
  | 'discard'
  | 'keep-alive'
  | 'reject'
  | 'error-frames'
  | 'finish'
  | 'abort-upstream'

type Step = readonly [ExchangeState, ClientState, readonly LifeAction[]]

const table: Readonly<Record<string, Step>> = {
  'held closed content': ['committed', 'open', ['open', 'flush']],
  'held closed silence': ['held', 'open', ['open', 'keep-alive']],
  'held closed retry': ['held', 'closed', ['discard']],
  'held closed fail': ['failed', 'closed', ['discard', 'reject']],
  'held closed end': ['ended', 'open', ['open', 'flush', 'finish']],
  'held closed hang-up': ['cancelled', 'closed', ['discard', 'abort-upstream', 'reject']],
  'held open content': ['committed', 'open', ['flush']],
  'held open silence': ['held', 'open', ['keep-alive']],
  'held open retry': ['held', 'open', ['discard']],
  'held open fail': ['failed', 'open', ['discard', 'error-frames', 'finish']],
  'held open end': ['ended', 'open', ['flush', 'finish']],
  'held open hang-up': ['cancelled', 'open', ['discard', 'abort-upstream']],
  'committed open content': ['committed', 'open', []],
  'committed open silence': ['committed', 'open', ['keep-alive']],
  // A second answer cannot follow a first one that has begun.
  'committed open retry': ['failed', 'open', ['error-frames', 'finish']],
  'committed open fail': ['failed', 'open', ['error-frames', 'finish']],
  'committed open end': ['ended', 'open', ['finish']],
  'committed open hang-up': ['cancelled', 'open', ['abort-upstream']],
}

export const born: LifeState = { exchange: 'held', client: 'closed' }

/** What follows from `signal` in `state`; nothing follows from anything once a reply is over. */
export function nextLife(
  state: LifeState,
  signal: LifeSignal,
): { readonly state: LifeState; readonly actions: readonly LifeAction[] } {
  const step = table[`${state.exchange} ${state.client} ${signal}`]
  if (!step) return { state, actions: [] }
  const [exchange, client, actions] = step
  return { state: { exchange, client }, actions }
}
