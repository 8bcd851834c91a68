// Times one function in CPU, which a busy machine does not stretch: the median over batches, so that a
// disturbance costs one batch and not the figure.

const batches = 15
const batchMs = 60

/** Prints what one call of `run` takes, beside its budget. Returns nanoseconds of CPU. */
export function time(name, run, { budgetUs, per = 1, unit = 'call' } = {}) {
  const ns = measure(run) / per
  const shown = ns >= 1000 ? `${(ns / 1000).toFixed(2)} µs` : `${ns.toFixed(0)} ns`
  const verdict =
    budgetUs === undefined
      ? ''
      : `  at most ${budgetUs} µs: ${ns <= budgetUs * 1000 ? 'within' : 'OVER'}`
  console.log(`${name.padEnd(58)} ${shown.padStart(10)} per ${unit}${verdict}`)
  return ns
}

/** Nanoseconds of CPU of one call of `run`. */
export function measure(run) {
  let rounds = 1
  while (batch(run, rounds) < batchMs * 1e6) rounds *= 2
  const times = Array.from({ length: batches }, () => batch(run, rounds) / rounds)
  return times.toSorted((a, b) => a - b)[batches >> 1]
}

/** Nanoseconds that `run` takes more than `base`: batches of both in turn, so that both see the same machine. */
export function difference(run, base) {
  let rounds = 1
  while (batch(run, rounds) < batchMs * 1e6) rounds *= 2
  const more = Array.from(
    { length: batches },
    () => (batch(run, rounds) - batch(base, rounds)) / rounds,
  )
  return more.toSorted((a, b) => a - b)[batches >> 1]
}

function batch(run, rounds) {
  const before = process.cpuUsage()
  for (let round = 0; round < rounds; round += 1) run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) * 1000
}
