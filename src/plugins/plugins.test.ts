import { expect, test } from 'vitest'
import { GatewayError } from '../core/error.ts'
import { createMemoryLedger } from '../stores/memory-ledger.ts'
import {
  createCallUnderTest,
  createPluginServices,
  describePlugin,
  emptyReply,
} from '../testing/describe-plugin.ts'
import { exampleOptions } from '../testing/example-options.ts'
import { concurrency } from './concurrency.ts'
import { plugins } from './index.ts'

for (const plugin of plugins)
  describePlugin(plugin, exampleOptions(plugin.options), createMemoryLedger)

test('concurrency refuses what is too much, says when to come back, and lets in again after', async () => {
  const services = createPluginServices(createMemoryLedger())
  const { stage } = concurrency.setup({ max_concurrency: 2 }, services)
  const next = async () => emptyReply
  const first = createCallUnderTest()
  const second = createCallUnderTest()
  await stage(first.call, next)
  await stage(second.call, next)

  const refused = await stage(createCallUnderTest().call, next).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(GatewayError)
  expect(refused).toMatchObject({ kind: 'overloaded', status: 503, retryAfterMs: 1000 })
  expect(String(refused)).toContain('queue.max_concurrency')

  first.settle()
  expect(await stage(createCallUnderTest().call, next)).toBe(emptyReply)
})

test('concurrency keeps the place of a call whose later stages failed until it is settled', async () => {
  const ledger = createMemoryLedger()
  const { stage } = concurrency.setup({ max_concurrency: 1 }, createPluginServices(ledger))
  const { call, settle } = createCallUnderTest()
  await expect(stage(call, () => Promise.reject(new Error('x')))).rejects.toThrow('x')
  expect(ledger.inUse('calls')).toBe(1)
  settle()
  expect(ledger.inUse('calls')).toBe(0)
})

test('concurrency wants a positive whole number', () => {
  for (const max_concurrency of [0, -1, 1.5, '2', undefined])
    expect(() => concurrency.options.parse({ max_concurrency })).toThrow()
})
