// What the figures mean: each measure is computed for each round from that round's steps, and stands
// against a budget. Ratios are taken within a round, so that a slow round slows both sides.

const perAnswer = (step) => step?.cpuUsPerAnswer
const perEvent = (step) => step?.cpuUsPerEvent
const perLargeAnswer = perAnswer

/** A figure of one step, and its ratio to the same figure of another. */
const ratio = (label, name, base, read, unit, limits = {}) => ({
  label,
  unit,
  ...limits,
  figure: (at) => read(at(name)),
  reference: (at) => read(at(base)),
  against: base.endsWith('nginx') ? 'nginx' : 'own pass-through',
})

/** A figure that counts as it is; `reference` is only shown. */
const absolute = (label, unit, figure, limits = {}, reference = undefined) => ({
  label,
  unit,
  isAbsolute: true,
  ...limits,
  figure,
  ...(reference ? { reference, against: 'nginx' } : {}),
})

const difference = (first, second) =>
  first === undefined || second === undefined ? undefined : first - second
const added = (at, name, base, read) => difference(read(at(name)), read(at(base)))
const p50Ms = (field) => (step) => (step?.[field] ? step[field].p50 / 1000 : undefined)

const openStreams = 1000
const warmStreams = 20
const kibPerStream = (step) =>
  step?.idle ? (step.memoryKib - step.idle.memoryKib) / (openStreams - warmStreams) : undefined
const aliveKibPerStream = (step) =>
  step?.late?.aliveKib === undefined
    ? undefined
    : (step.late.aliveKib - step.idle.aliveKib) / openStreams
const longStreams = 20
const growthKib = (step) =>
  step?.early ? (step.late.aliveKib - step.early.aliveKib) / longStreams : undefined

const us = 'µs'
const toNginx = (label, name, read, limits) =>
  ratio(label, name, `${name.split('.')[0]}.nginx`, read, us, limits)
const toPass = (label, name, limits) =>
  ratio(label, name, `${name.split('.')[0]}.pass`, perEvent, us, limits)

const whole = { budget: 5, alarm: 8 }
const wholeTranslated = { budget: 7, alarm: 10 }
const burst = { budget: 3, alarm: 6 }
const paced = { budget: 2.8, alarm: 4 }
const pacedTranslated = { budget: 1.5, alarm: 2 }
const large = { budget: 4, alarm: 6 }

export const measures = [
  toNginx('JSON 1 KB, passed through', 'whole.pass', perAnswer, whole),
  toNginx('— with a meter tap', 'whole.pass-meter', perAnswer, whole),
  toNginx('— Anthropic client and provider', 'whole.pass-anthropic', perAnswer, whole),
  toNginx(
    'JSON 1 KB, OpenAI client → Anthropic provider',
    'whole.to-anthropic',
    perAnswer,
    wholeTranslated,
  ),
  toNginx(
    'JSON 1 KB, Anthropic client → OpenAI provider',
    'whole.to-openai',
    perAnswer,
    wholeTranslated,
  ),
  toNginx('JSON 1 KB, first target answers 500, second answers', 'whole.after-error', perAnswer),
  toNginx(
    'JSON 1 KB, first target refuses connections, second answers',
    'whole.after-refusal',
    perAnswer,
  ),
  toNginx('JSON 1 MB, passed through', 'large.pass', perLargeAnswer, large),
  toNginx('JSON 1 MB, OpenAI client → Anthropic provider', 'large.to-anthropic', perLargeAnswer),
  toNginx('JSON 1 MB, Anthropic client → OpenAI provider', 'large.to-openai', perLargeAnswer),
  toNginx('Burst, chunk passed through', 'burst.pass', perEvent, burst),
  toNginx('— with a meter tap', 'burst.pass-meter', perEvent, burst),
  toNginx('— Anthropic client and provider', 'burst.pass-anthropic', perEvent, burst),
  toNginx('Burst, chunk, OpenAI client → Anthropic provider', 'burst.to-anthropic', perEvent),
  toNginx('Burst, chunk, Anthropic client → OpenAI provider', 'burst.to-openai', perEvent),
  toNginx('Paced, chunk passed through', 'paced.pass', perEvent, paced),
  toNginx('— with a meter tap', 'paced.pass-meter', perEvent, paced),
  toNginx('— Anthropic client and provider', 'paced.pass-anthropic', perEvent, paced),
  toPass('Paced, chunk, OpenAI client → Anthropic provider', 'paced.to-anthropic', pacedTranslated),
  toPass('Paced, chunk, Anthropic client → OpenAI provider', 'paced.to-openai', pacedTranslated),
  absolute(
    '1,000 streams at 20 chunks/s, passed through',
    'core',
    (at) => at('streams.pass')?.cores,
    { budget: 0.75, alarm: 0.95 },
    (at) => at('streams.nginx')?.cores,
  ),
  absolute(
    '— OpenAI client → Anthropic provider',
    'core',
    (at) => at('streams.to-anthropic')?.cores,
    { alarm: 0.95 },
    (at) => at('streams.nginx')?.cores,
  ),
  ratio(
    '1,000 streams, chunk delay p50, passed through',
    'streams.pass',
    'streams.nginx',
    p50Ms('delayUs'),
    'ms',
    { budget: 2 },
  ),
  ratio(
    '— OpenAI client → Anthropic provider',
    'streams.to-anthropic',
    'streams.nginx',
    p50Ms('delayUs'),
    'ms',
  ),
  absolute(
    'Memory per open stream, passed through',
    'KiB',
    (at) => kibPerStream(at('streams.pass')),
    { budget: 80 },
    (at) => kibPerStream(at('streams.nginx')),
  ),
  absolute('— alive after a collection', 'KiB', (at) => aliveKibPerStream(at('streams.pass')), {
    budget: 80,
  }),
  absolute(
    'Memory per open stream, translated',
    'KiB',
    (at) => kibPerStream(at('streams.to-anthropic')),
    { budget: 80 },
    (at) => kibPerStream(at('streams.nginx')),
  ),
  absolute(
    '— alive after a collection',
    'KiB',
    (at) => aliveKibPerStream(at('streams.to-anthropic')),
    { budget: 80 },
  ),
  absolute('Growth of a long stream, passed through', 'KiB', (at) => growthKib(at('long.pass')), {
    alarm: 80,
  }),
  absolute(
    '— OpenAI client → Anthropic provider',
    'KiB',
    (at) => growthKib(at('long.to-anthropic')),
    { alarm: 80 },
  ),
  absolute('— Anthropic client → OpenAI provider', 'KiB', (at) => growthKib(at('long.to-openai')), {
    alarm: 80,
  }),
  absolute(
    'Added to the median at 200 calls/s, passed through',
    'ms',
    (at) => added(at, 'rate.pass', 'rate.direct', p50Ms('latencyUs')),
    { budget: 0.6, alarm: 1 },
    (at) => added(at, 'rate.nginx', 'rate.direct', p50Ms('latencyUs')),
  ),
  absolute(
    '— OpenAI client → Anthropic provider',
    'ms',
    (at) => added(at, 'rate.to-anthropic', 'rate.direct', p50Ms('latencyUs')),
    { alarm: 1 },
    (at) => added(at, 'rate.nginx', 'rate.direct', p50Ms('latencyUs')),
  ),
  absolute(
    'Added to the first content (median), passed through',
    'ms',
    (at) => added(at, 'first.pass', 'first.direct', p50Ms('firstContentUs')),
    { budget: 1, alarm: 3 },
    (at) => added(at, 'first.nginx', 'first.direct', p50Ms('firstContentUs')),
  ),
  absolute(
    '— OpenAI client → Anthropic provider',
    'ms',
    (at) => added(at, 'first.to-anthropic', 'first.direct', p50Ms('firstContentUs')),
    { budget: 1, alarm: 3 },
    (at) => added(at, 'first.nginx', 'first.direct', p50Ms('firstContentUs')),
  ),
]
