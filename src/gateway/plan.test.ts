import { expect, test } from 'vitest'
import type { Call } from '../core/call.ts'
import type { GatewayError } from '../core/error.ts'
import type { Upstream } from '../core/provider.ts'
import { assembleCase } from '../testing/config-case.ts'
import type { ModelLists } from './model-lists.ts'
import { planCall, rank } from './plan.ts'

const { parts } = assembleCase({
  file: `
    [providers.lab]
    dialect = "openai-chat"
    base_url = "http://lab.test"
    api_key = "k"
    default_model = "lab-default"
    [providers.lab.aliases]
    short = "a/very long name"
    [providers.other]
    dialect = "anthropic"
    base_url = "http://other.test"
    api_key = "k"
    deny = ["*-preview"]
    [routes.quick]
    targets = ["other/x", "lab/y"]
    strategy = "priority"
    [discover]
    enabled = false
  `,
})
const lists: ModelLists = {
  listing: async (model, upstreams) =>
    model === 'shared' ? upstreams.filter(({ provider }) => provider.kind === 'wire') : [],
  of: async () => [],
  known: (upstream: Upstream) => (upstream.id === 'lab' ? ['listed-model'] : []),
}
const plan = (model: string, forcedProvider?: string) =>
  planCall(
    { model, ...(forcedProvider === undefined ? {} : { forcedProvider }) } as Call,
    parts,
    lists,
  )
const idsOf = async (model: string, forcedProvider?: string): Promise<readonly string[]> =>
  (await plan(model, forcedProvider)).targets.map(({ id }) => id)

test.each([
  ['quick', ['other/x', 'lab/y']],
  ['short', ['lab/a/very long name']],
  ['lab', ['lab/lab-default']],
  ['LAB', ['lab/lab-default']],
  ['lab/short', ['lab/a/very long name']],
  ['lab/AUTO', ['lab/lab-default']],
  ['lab/any/name with spaces/é', ['lab/any/name with spaces/é']],
  ['shared', ['lab/shared', 'other/shared']],
])('%s means %j', async (model, ids) => {
  expect(await idsOf(model)).toEqual(ids)
})

test.each(['', 'auto', 'Auto'])('%j is the route auto', async (model) => {
  expect((await plan(model)).route).toBe('auto')
})

test('a provider that is forced has the last word, whatever the model is called', async () => {
  expect(await idsOf('quick', 'lab')).toEqual(['lab/quick'])
  expect(await idsOf('lab/m', 'lab')).toEqual(['lab/m'])
  expect(await idsOf('other/m', ' LAB ')).toEqual(['lab/other/m'])
  expect(await idsOf('', 'lab')).toEqual(['lab/lab-default'])
  await expect(plan('m', 'lba')).rejects.toMatchObject({
    kind: 'bad-request',
    code: 'invalid_provider',
    message: expect.stringContaining('lab'),
  })
})

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', '/', '//', '/x', 'nobody/m'])(
  '%j means nothing, and is told so with what is near',
  async (model) => {
    const error = (await plan(model).catch((thrown: unknown) => thrown)) as GatewayError
    expect([error.kind, error.param]).toEqual(['unknown-model', 'model'])
    for (const inherited of ['constructor', '__proto__'])
      expect(await idsOf(`lab/${inherited}`)).toEqual([`lab/${inherited}`])
  },
)

test('an unknown name is told the nearest known ones', async () => {
  await expect(plan('listed-modle')).rejects.toThrow(/listed-model/)
})

test('what the operator denies, and a place without a default, are refused by name', async () => {
  await expect(plan('other/x-preview')).rejects.toThrow(/denies it/)
  await expect(plan('other')).rejects.toThrow(/no default model/)
})

test('unknown names go to auto where that is configured', async () => {
  const lenient = { ...parts, unknownModel: 'auto' as const }
  expect((await planCall({ model: 'gpt-9' } as Call, lenient, lists)).route).toBe('auto')
})

test('a single target needs no ranking', async () => {
  const signals = { inFlight: () => 0, random: () => 0 }
  const found = await plan('lab/m')
  expect(rank({} as Call, found, signals)).toEqual([
    { target: found.targets[0], score: 0, reason: 'the only target' },
  ])
})
