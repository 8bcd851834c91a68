// Ctrl-C and its like: the first one asks to stop, a second one insists.

const signals = ['SIGINT', 'SIGTERM'] as const
const signalNumbers = { SIGINT: 2, SIGTERM: 15 } as const satisfies Record<
  (typeof signals)[number],
  number
>

/** Settles at the first signal to stop; after that a second one ends the process at once. */
export const untilStopSignal = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of signals) {
      process.once(signal, () => {
        resolve()
        for (const next of signals)
          process.once(next, () => process.exit(128 + signalNumbers[next]))
      })
    }
  })
