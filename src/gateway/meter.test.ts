import { expect, test } from 'vitest'
import { GatewayError } from '../core/error.ts'
import { reported } from '../core/usage.ts'
import { createMeter } from './meter.ts'

const count = (tokens: number) => reported(tokens) ?? { tokens, from: 'reported' as const }

test('what the provider reports is what it cost, the later word winning', () => {
  const meter = createMeter()
  meter.event({ type: 'usage', usage: { input: count(10), output: count(1) } })
  meter.event({ type: 'part-delta', index: 0, text: 'many words nobody counts' })
  meter.event({ type: 'usage', usage: { output: count(7) } })
  expect(meter.usage(() => 99)).toEqual({ input: count(10), output: count(7) })
})

test('an answer that is cut off before its usage is estimated, and says so', () => {
  const meter = createMeter()
  meter.event({ type: 'part-delta', index: 0, text: 'x'.repeat(40) })
  meter.event({ type: 'part-delta', index: 1, arguments: 'y'.repeat(40) })
  meter.bytes(1700)
  expect(meter.usage(() => 12)).toEqual({
    input: { tokens: 12, from: 'estimated' },
    output: { tokens: 30, from: 'estimated' },
  })
})

test('a prompt of which only the cached part is told is not estimated beside it', () => {
  const meter = createMeter()
  meter.event({ type: 'usage', usage: { cacheRead: count(5), output: count(1) } })
  expect(meter.usage(() => 99)).toEqual({ cacheRead: count(5), output: count(1) })
})

test('it knows how the answer stands', () => {
  const meter = createMeter()
  expect([meter.hasFinished, meter.hasEnded, meter.error]).toEqual([false, false, undefined])
  meter.event({ type: 'finish', choice: 0, reason: 'stop' })
  expect([meter.hasFinished, meter.hasEnded]).toEqual([true, false])
  meter.event({ type: 'response-end' })
  expect(meter.hasEnded).toBe(true)
  const failed = createMeter()
  const error = new GatewayError('provider-failed', 'no')
  failed.event({ type: 'error', error })
  expect([failed.hasFinished, failed.hasEnded, failed.error]).toEqual([false, true, error])
})
