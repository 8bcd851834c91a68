import { expect, test } from 'vitest'
import { readSse, readSseEvents } from './read-sse.ts'

test('readSseEvents() reads any line end, joins data lines and keeps other separators', () => {
  const body = 'event: a\r\ndata: 1\r\ndata: 2\r\n\r\ndata:x\u2028y\n\n: note\n\ndata: last'
  expect(readSseEvents(body)).toMatchObject([
    { event: 'a', data: '1\n2' },
    { event: undefined, data: 'x\u2028y' },
    { event: undefined, data: 'last' },
  ])
})

test('readSse() keeps comments', () => {
  expect(readSse(': PROCESSING\n\n')).toEqual([{ type: 'comment', text: 'PROCESSING' }])
})
