import picocolors from 'picocolors'
import { expect, test } from 'vitest'
import { toTable } from './terminal.ts'

const plain = picocolors.createColors(false)
const rows = [
  ['a', 'one, two, three'],
  ['longer', '-'],
]

test('columns are as wide as their widest cell, and no line ends with spaces', () => {
  expect(toTable(['name', 'what'], rows, { colors: plain })).toBe(
    'name    what\na       one, two, three\nlonger  -\n',
  )
})

test('the last column is cut where the terminal ends; a pipe has no end', () => {
  const table = toTable(['name', 'what'], rows, { colors: plain, columns: 12 })
  expect(table).toBe('name    what\na       one…\nlonger  -\n')
})

test('colours do not move columns', () => {
  const colors = picocolors.createColors(true)
  const painted = rows.map(([name = '', what = '']) => [{ text: name, paint: colors.green }, what])
  const table = toTable(['name', 'what'], painted, { colors })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is taken out
  expect(table.replaceAll(/\u001b\[\d+m/g, '')).toBe(
    toTable(['name', 'what'], rows, { colors: plain }),
  )
})
