// Time, chance, identity and logging come in through here, so that tests decide them.

/** A timer that can be pushed back or called off; never keeps the process alive by itself. */
export type Timer = { refresh(): void; clear(): void }

export type LogFields = { readonly [key: string]: unknown }
export type Logger = {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

export type Services = {
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number
  /** Never goes back; for durations, milliseconds. */
  readonly monotonic: () => number
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Runs `fire` once after `afterMs` unless cleared; `refresh` starts the wait anew. */
  readonly timer: (afterMs: number, fire: () => void) => Timer
  /** A fresh unguessable id, `prefix_…`. */
  readonly id: (prefix: string) => string
  readonly log: Logger
}

/** Tells long-running work that nobody waits for it any more. */
export type Cancellation = {
  readonly isCancelled: boolean
  /** Runs once when cancelled, at once if it already is; returns a function that forgets `run`. */
  onCancel(run: () => void): () => void
}

export type CancellationSource = Cancellation & { cancel(): void }

export function createCancellation(): CancellationSource {
  const listeners = new Set<() => void>()
  // Plain fields: a getter in an object made for every call gives each object a hidden class of its own.
  const source: { -readonly [Field in keyof CancellationSource]: CancellationSource[Field] } = {
    isCancelled: false,
    onCancel: (run) => {
      if (source.isCancelled) {
        run()
        return () => {}
      }
      listeners.add(run)
      return () => listeners.delete(run)
    },
    cancel: () => {
      if (source.isCancelled) return
      source.isCancelled = true
      for (const run of [...listeners]) run()
      listeners.clear()
    },
  }
  return source
}
