// What is measured: each step is one load on one server. Steps of a group run side by side, the thing
// compared with beside what is compared, so that both see the same machine.

/** How the mock behaves, by model name. */
const models = {
  whole: 'mock-whole',
  burst: 'mock-n200-i0-g20',
  paced: 'mock-n200-i5',
  slow: 'mock-n200-i50',
  long: 'mock-n1000000-i0-g20',
  first: 'mock-n20-i0-g20',
}
const events = { whole: 0, burst: 200, paced: 200, slow: 200, long: 1_000_000, first: 20 }
const paths = { openai: '/v1/chat/completions', anthropic: '/v1/messages' }

export const clientKey = 'dragoman-bench-key'
/** A wire language's id in the configuration, by the short name used here. */
export const dialectIds = { openai: 'openai-chat', anthropic: 'anthropic' }

/** Routes of the gateway: for each upstream dialect and behaviour two equal targets, ranked for each call. */
export function createRoutes() {
  const routes = {}
  for (const dialect of Object.keys(paths)) {
    for (const [behaviour, model] of Object.entries(models)) {
      const kind = behaviour === 'whole' ? 'whole' : 'stream'
      const targets = ['one', 'two'].map((name) => `${kind}-${dialect}-${name}/${model}`)
      routes[`${dialect}-${behaviour}`] = { strategy: 'least-busy', targets }
    }
  }
  const good = `whole-openai-one/${models.whole}`
  routes['after-refusal'] = { strategy: 'priority', targets: [`refusing/${models.whole}`, good] }
  routes['after-error'] = { strategy: 'priority', targets: [`failing/${models.whole}`, good] }
  return routes
}

const kindOf = (behaviour) => (behaviour === 'whole' ? 'wholes' : 'streams')

/** The load on a gateway that forwards `behaviour` from `client` to `upstream`, both dialects. */
const through = (client, upstream, behaviour, more = {}) => ({
  at: 'gateway',
  upstream,
  dialect: client,
  model: more.route ?? `${upstream}-${behaviour}`,
  path: paths[client],
  mode: more.mode ?? (client === upstream ? 'passThrough' : 'translate'),
  isStream: behaviour !== 'whole',
  expectedEvents: events[behaviour],
  headers: {
    ...(client === 'openai'
      ? { Authorization: `Bearer ${clientKey}` }
      : { 'x-api-key': clientKey }),
    ...(more.tap ? { 'bench-tap': more.tap } : {}),
  },
})

/** The same load without a gateway, or with nginx in its place. */
const plain = (at, dialect, behaviour) => ({
  at,
  kind: kindOf(behaviour),
  dialect,
  model: models[behaviour],
  path: paths[dialect],
  isStream: behaviour !== 'whole',
  expectedEvents: events[behaviour],
  headers: { Authorization: `Bearer ${clientKey}` },
})

/** Loads that bring a new gateway to its working temperature: what is measured must be compiled before. */
export const heating = Object.keys(paths).flatMap((client) =>
  Object.keys(paths).flatMap((upstream) =>
    ['whole', 'burst'].map((behaviour) => ({
      ...through(client, upstream, behaviour, client === upstream ? {} : { tap: 'events' }),
      bytes: 1024,
      connections: 16,
      warmupMs: 0,
      measureMs: 1500,
    })),
  ),
)

const group = (name, load, steps) =>
  Object.entries(steps).map(([step, spec]) => ({
    name: `${name}.${step}`,
    group: name,
    bytes: 1024,
    ...load,
    ...spec,
  }))

// As long a ramp as a stream lives, so that streams begin and end evenly.
const streams = { connections: 1000, rampMs: 10_000, warmupMs: 2000, isFresh: true }

export const steps = [
  ...group(
    'whole',
    { connections: 32, warmupMs: 1000 },
    {
      nginx: plain('nginx', 'openai', 'whole'),
      pass: through('openai', 'openai', 'whole'),
      'pass-meter': through('openai', 'openai', 'whole', { tap: 'meter' }),
      'pass-anthropic': through('anthropic', 'anthropic', 'whole'),
      'to-anthropic': through('openai', 'anthropic', 'whole', { tap: 'events' }),
      'to-openai': through('anthropic', 'openai', 'whole', { tap: 'events' }),
      'after-error': through('openai', 'openai', 'whole', { route: 'after-error' }),
      'after-refusal': through('openai', 'openai', 'whole', { route: 'after-refusal' }),
    },
  ),
  ...group(
    'large',
    { connections: 4, warmupMs: 1000, bytes: 1_000_000 },
    {
      nginx: plain('nginx', 'openai', 'whole'),
      pass: through('openai', 'openai', 'whole'),
      'to-anthropic': through('openai', 'anthropic', 'whole', { tap: 'events' }),
      'to-openai': through('anthropic', 'openai', 'whole', { tap: 'events' }),
    },
  ),
  ...group(
    'burst',
    { connections: 16, warmupMs: 1000 },
    {
      nginx: plain('nginx', 'openai', 'burst'),
      pass: through('openai', 'openai', 'burst'),
      'pass-meter': through('openai', 'openai', 'burst', { tap: 'meter' }),
      'pass-anthropic': through('anthropic', 'anthropic', 'burst'),
      'to-anthropic': through('openai', 'anthropic', 'burst', { tap: 'events' }),
      'to-openai': through('anthropic', 'openai', 'burst', { tap: 'events' }),
    },
  ),
  ...group(
    'paced',
    { perSecond: 25, warmupMs: 1500 },
    {
      nginx: plain('nginx', 'openai', 'paced'),
      pass: through('openai', 'openai', 'paced'),
      'pass-meter': through('openai', 'openai', 'paced', { tap: 'meter' }),
      'pass-anthropic': through('anthropic', 'anthropic', 'paced'),
      'to-anthropic': through('openai', 'anthropic', 'paced', { tap: 'events' }),
      'to-openai': through('anthropic', 'openai', 'paced', { tap: 'events' }),
    },
  ),
  ...group('streams', streams, {
    nginx: plain('nginx', 'openai', 'slow'),
    pass: through('openai', 'openai', 'slow'),
    'to-anthropic': through('openai', 'anthropic', 'slow', { tap: 'events' }),
  }),
  // Memory twice in the same streams, far apart: what grows with a stream's length shows here.
  ...group(
    'long',
    { connections: 20, warmupMs: 500, isFresh: true, isLong: true },
    {
      pass: through('openai', 'openai', 'long'),
      'to-anthropic': through('openai', 'anthropic', 'long', { tap: 'events' }),
      'to-openai': through('anthropic', 'openai', 'long', { tap: 'events' }),
    },
  ),
  ...group(
    'rate',
    { perSecond: 200, warmupMs: 1000 },
    {
      direct: plain('direct', 'openai', 'whole'),
      nginx: plain('nginx', 'openai', 'whole'),
      pass: through('openai', 'openai', 'whole'),
      'to-anthropic': through('openai', 'anthropic', 'whole', { tap: 'events' }),
    },
  ),
  ...group(
    'first',
    { perSecond: 100, warmupMs: 1000 },
    {
      direct: plain('direct', 'openai', 'first'),
      nginx: plain('nginx', 'openai', 'first'),
      pass: through('openai', 'openai', 'first'),
      'to-anthropic': through('openai', 'anthropic', 'first', { tap: 'events' }),
    },
  ),
]
