import { expect, test } from 'vitest'
import { parseDuration, parseSize } from './units.ts'

test('durations are read in every unit', () => {
  expect(['200ms', '10s', '5m', '2h', '30d', '1.5s', ' 10 s '].map(parseDuration)).toEqual([
    200, 10_000, 300_000, 7_200_000, 2_592_000_000, 1500, 10_000,
  ])
})

test('sizes are read in every unit, whatever the case', () => {
  expect(['512B', '64KiB', '32MiB', '1GB', '1kib'].map(parseSize)).toEqual([
    512, 65_536, 33_554_432, 1_000_000_000, 1024,
  ])
})

test('numbers without a unit, unknown units and negative ones are none', () => {
  for (const text of ['10', '10 fortnights', '-1s', '', 's'])
    expect([parseDuration(text), parseSize(text)], text).toEqual([undefined, undefined])
})
