// A translated stream without a socket, one event per read: what a chunk costs, and what two stages
// and an event tap add to it.

import { answers } from '../mock-answers.mjs'
import { built } from './built.mjs'
import { difference, time } from './timing.mjs'

const { compose } = await built('gateway/pipeline.js')
const { createRendering } = await built('gateway/transcode.js')
const { createMeter } = await built('gateway/meter.js')
const { createLosses } = await built('core/loss.js')
const { builtIn } = await built('config/lists.js')

const dialects = new Map(builtIn.dialects.map((dialect) => [dialect.id, dialect]))
const framings = new Map(builtIn.framings.map((framing) => [framing.id, framing]))
const ids = { openai: 'openai-chat', anthropic: 'anthropic' }
const events = 200

/** The frames of an answer, each as the bytes of one read, without the HTTP chunks around them. */
const readsOf = ({ first, piece, last }) => {
  const bare = (bytes) =>
    bytes
      .toString('utf8')
      .split('\r\n')
      .filter((_, index) => index % 2 === 1)
      .map((text) => Buffer.from(text))
      .filter(({ length }) => length > 0)
  return [...bare(first), ...Array(events).fill(bare(piece)[0]), ...bare(last)]
}

const side = (dialect) => ({ dialect, framing: framings.get(dialect.framing), isStream: true })

function createPlan(client, target, taps) {
  const losses = createLosses()
  const asked = client.request.decode({
    body: { model: 'm', stream: true, max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] },
    headers: {},
  })
  const encode = {
    asked,
    losses,
    estimateInput: () => 9,
    createId: (prefix) => `${prefix}_1`,
    now: () => 1,
  }
  return {
    client: side(client),
    target: side(target),
    wasForwarded: client === target,
    hidesUsageFrame: false,
    decode: {
      profile: target.profile,
      target: { provider: 'p', model: 'm' },
      losses,
      createId: (prefix) => `${prefix}_1`,
    },
    encode: () => encode,
    undo: [],
    taps,
    isStrict: false,
    meter: createMeter(),
  }
}

let written = 0
let ends = 0
const output = {
  write: (chunk) => {
    written += chunk.length
  },
  commit: () => {},
  end: () => {
    ends += 1
  },
  fail: (error) => {
    throw error
  },
}

const stream = (from, to, taps) => {
  const [client, target] = [dialects.get(ids[to]), dialects.get(ids[from])]
  const reads = readsOf(answers[from])
  return () => {
    const rendering = createRendering(createPlan(client, target, taps), output)
    for (const read of reads) rendering.chunk(read)
    rendering.end()
  }
}

const seen = { events: 0 }
const tap = {
  name: 'bench',
  needs: 'events',
  create: () => (event, emit) => {
    seen.events += 1
    emit(event)
  },
}
const perChunk = { per: events, unit: 'chunk' }
const stage = (call, next) => next(call)
const placed = [
  { phase: 'prepare', stage },
  { phase: 'answer', stage },
]
const call = { operation: 'chat' }
const reply = Promise.resolve(undefined)
const last = () => reply
const budgetNs = 300

const stagesNs = difference(
  () => compose(placed, last)(call),
  () => compose([], last)(call),
)
console.log(`two stages that do nothing add ${stagesNs.toFixed(0)} ns per call`)

for (const [from, to] of [
  ['openai', 'anthropic'],
  ['anthropic', 'openai'],
]) {
  const plain = stream(from, to, [])
  time(`translated stream: ${from} answer → ${to} client`, plain, perChunk)
  const tapNs = difference(stream(from, to, [tap]), plain)
  const addedNs = (tapNs + stagesNs) / events
  console.log(
    `— two stages and an event tap add ${addedNs.toFixed(0)} ns per chunk  at most ${budgetNs} ns: ${addedNs <= budgetNs ? 'within' : 'OVER'}`,
  )
  time(`passed through: ${from}`, stream(from, from, []), perChunk)
}
if (ends === 0 || written === 0 || seen.events === 0) throw new Error('Nothing was rendered')
