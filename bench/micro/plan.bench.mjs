// From a model's name to ranked targets: 20 providers, 20 routes of 20 targets each.

import { built } from './built.mjs'
import { time } from './timing.mjs'

const { planCall, rank } = await built('gateway/plan.js')
const { createMemoryLedger } = await built('stores/memory-ledger.js')
const { leastBusy } = await built('routing/least-busy.js')

const count = 20
const numbers = Array.from({ length: count }, (_, index) => index)
const upstreams = numbers.map((number) => ({
  id: `provider-${number}`,
  provider: { kind: 'wire' },
  defaultModel: 'model',
  models: numbers.map((model) => `model-${number}-${model}`),
  aliases: { [`alias-${number}`]: 'model' },
  weight: 1,
}))
const targets = upstreams.map((upstream) => ({
  id: `${upstream.id}/model`,
  upstream,
  model: 'model',
  weight: 1,
}))
const parts = {
  upstreams: new Map(upstreams.map((upstream) => [upstream.id, upstream])),
  providerNames: new Map(upstreams.map(({ id }) => [id, id])),
  routes: new Map(
    numbers.map((number) => [`route-${number}`, { name: '', strategy: leastBusy, targets }]),
  ),
  defaultStrategy: leastBusy,
  unknownModel: 'reject',
}
const lists = {
  listing: async (model) => upstreams.filter(({ models }) => models.includes(model)),
  known: () => [],
}
const ledger = createMemoryLedger()
for (const { id } of upstreams)
  ledger.reserve([{ resource: `provider:${id}`, amount: 1, limit: 10 }])
const signals = {
  inFlight: ({ upstream }) => ledger.inUse(`provider:${upstream.id}`),
  random: Math.random,
}

const atOnce = 1000
const batches = 31
const budgetUs = 15

/** Nanoseconds of one plan; plans are promises, so they are waited for one after the other. */
async function timePlans(model) {
  const call = { model }
  const before = process.cpuUsage()
  for (let round = 0; round < atOnce; round += 1)
    rank(call, await planCall(call, parts, lists), signals)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / atOnce
}

for (const [name, model] of [
  ['plan: a route of 20 targets, ranked', 'route-19'],
  ['plan: provider/model', 'provider-19/model'],
  ['plan: a model id found in the lists', 'model-19-19'],
]) {
  const times = []
  for (let batch = 0; batch < batches; batch += 1) times.push(await timePlans(model))
  const us = times.toSorted((a, b) => a - b)[batches >> 1] / 1000
  console.log(
    `${name.padEnd(58)} ${us.toFixed(2).padStart(7)} µs per call  at most ${budgetUs} µs: ${us <= budgetUs ? 'within' : 'OVER'}`,
  )
}

const plan = { strategy: leastBusy, targets }
time('of which ranking 20 targets', () => rank({}, plan, signals))
