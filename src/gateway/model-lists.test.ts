import { afterAll, beforeAll, expect, test } from 'vitest'
import { builtIn } from '../config/lists.ts'
import type { Upstream } from '../core/provider.ts'
import { createMemoryLedger } from '../stores/memory-ledger.ts'
import { assembleCase } from '../testing/config-case.ts'
import { type FakeUpstream, startFakeUpstream } from '../testing/fake-upstream.ts'
import { createModelLists } from './model-lists.ts'
import { createServices } from './services.ts'
import { createTransport } from './transport.ts'

let upstream: FakeUpstream
let now = 0
const transport = createTransport()
const services = {
  ...createServices(),
  monotonic: () => now,
  ledger: createMemoryLedger(),
  transport,
}
const dialects = new Map(builtIn.dialects.map((dialect) => [dialect.id, dialect]))

beforeAll(async () => {
  upstream = await startFakeUpstream()
})
afterAll(async () => {
  await transport.close()
  await upstream.close()
})

function create(more = '') {
  const { parts } = assembleCase({
    file: `
      [providers.lab]
      dialect = "openai-chat"
      base_url = "${upstream.address}"
      api_key = "k"
      ${more}
      [discover]
      enabled = false
    `,
  })
  const lab = parts.upstreams.get('lab')
  if (!lab) throw new Error('The place is missing')
  const all: readonly Upstream[] = [...parts.upstreams.values()]
  return { lists: createModelLists(dialects, services, 'h'), lab, all }
}
const listOf = (...ids: unknown[]) => ({ body: { data: ids.map((id) => ({ id })) } })

test('a list is asked for once for all who want it, and again when it is old', async () => {
  upstream.play(listOf('a', 'b'))
  const { lists, lab } = create()
  expect(lists.known(lab)).toEqual([])
  expect(await Promise.all([lists.of(lab), lists.of(lab)])).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ])
  now += 60_000
  await lists.of(lab)
  expect(upstream.requests).toHaveLength(1)
  expect(lists.known(lab)).toEqual(['a', 'b'])
  now += 300_000
  await lists.of(lab)
  expect(upstream.requests).toHaveLength(2)
})

test('a list that cannot be had is empty, and asked for again sooner', async () => {
  const { lists, lab } = create()
  for (const script of [
    { status: 500, body: 'no' },
    { fault: { kind: 'reset' as const } },
    { body: '<html>' },
    listOf(1, null),
  ]) {
    upstream.play(script)
    expect(await lists.of(lab)).toEqual([])
    now += 300_001
  }
  upstream.play({ status: 500 })
  await lists.of(lab)
  now += 31_000
  upstream.play(listOf('a'))
  expect(await lists.of(lab)).toEqual(['a'])
})

test('a list that comes compressed although asked for plain is read', async () => {
  upstream.play({ ...listOf('packed'), isCompressed: true })
  const { lists, lab } = create()
  expect(await lists.of(lab)).toEqual(['packed'])
})

test('what the operator denies is not listed', async () => {
  upstream.play(listOf('a', 'a-preview'))
  const { lists, lab } = create('deny = ["*-preview"]')
  expect(await lists.of(lab)).toEqual(['a'])
})

test('a static list asks nobody, nor does the name of a default model', async () => {
  upstream.play(listOf('z'))
  const fixed = create('models = ["m"]')
  expect(await fixed.lists.of(fixed.lab)).toEqual(['m'])
  expect((await fixed.lists.listing('m', fixed.all)).map(({ id }) => id)).toEqual(['lab'])
  const withDefault = create('default_model = "d"')
  const found = await withDefault.lists.listing('d', withDefault.all)
  expect(found.map(({ id }) => id)).toEqual(['lab'])
  expect(upstream.requests).toEqual([])
  expect(await fixed.lists.listing('z', fixed.all)).toEqual([])
})

test('a plain model is found at the place that lists it, never at one inside the process', async () => {
  upstream.play(listOf('echo', 'a'))
  const { lists, all } = create()
  expect((await lists.listing('echo', all)).map(({ id }) => id)).toEqual(['lab'])
  expect(await lists.listing('constructor', all)).toEqual([])
})
