import { describe, expect, test } from 'vitest'
import { GatewayError } from '../core/error.ts'
import type { ChatEvent } from '../core/events.ts'
import { checkEvents } from './check-events.ts'

const start: ChatEvent = { type: 'response-start', id: 'a', model: 'm' }
const end: ChatEvent = { type: 'response-end' }
const finish: ChatEvent = { type: 'finish', choice: 0, reason: 'stop' }
const textPart: readonly ChatEvent[] = [
  { type: 'part-start', index: 0, choice: 0, part: { type: 'text' } },
  { type: 'part-delta', index: 0, text: 'hello' },
  { type: 'part-end', index: 0 },
]
const call = (index: number, text: string): readonly ChatEvent[] => [
  {
    type: 'part-start',
    index,
    choice: 0,
    part: { type: 'tool-call', id: 'c', name: 'look', kind: 'function' },
  },
  { type: 'part-delta', index, arguments: text },
  { type: 'part-end', index },
]
const error: ChatEvent = { type: 'error', error: new GatewayError('provider-failed', 'gone') }

describe('checkEvents() finds nothing in', () => {
  test.each([
    ['a text answer', [start, ...textPart, finish, end]],
    ['an empty answer', [start, finish, end]],
    ['usage anywhere', [start, { type: 'usage', usage: {} }, ...textPart, finish, end]],
    ['a tool call', [start, ...textPart, ...call(1, '{"a":1}'), finish, end]],
    ['a call cut at the limit', [start, ...call(0, '{"a'), { ...finish, reason: 'length' }, end]],
    ['a failure in the middle of a part', [start, ...textPart.slice(0, 2), error]],
    ['a failure before anything', [error]],
  ] as const)('%s', (_name, events) => {
    expect(checkEvents(events as readonly ChatEvent[])).toEqual([])
  })
})

describe('checkEvents() reports', () => {
  test.each([
    ['a stream that just stops', [start, ...textPart], 'without response-end'],
    ['no start', [...textPart, finish, end], 'before response-start'],
    ['no finish', [start, ...textPart, end], 'without a finish'],
    ['two finishes', [start, finish, finish, end], 'finishes twice'],
    ['anything after the end', [start, finish, end, finish], 'after the terminal'],
    ['anything after an error', [start, error, end], 'after the terminal'],
    ['a part left open', [start, ...textPart.slice(0, 2), finish, end], 'while part 0 is open'],
    ['a gap in the indexes', [start, ...call(1, '{}'), finish, end], 'expected 0'],
    ['two open parts', [start, ...textPart.slice(0, 1), ...call(1, '{}')], 'is open'],
    ['arguments that are no JSON', [start, ...call(0, '{"a'), finish, end], 'JSON arguments'],
    [
      'a delta that does not fit',
      [start, ...textPart.slice(0, 1), { type: 'part-delta', index: 0, arguments: '{}' }],
      'arguments for a text part',
    ],
    [
      'a delta with two fields',
      [start, ...textPart.slice(0, 1), { type: 'part-delta', index: 0, text: 'a', signature: 'b' }],
      '2 fields',
    ],
  ] as const)('%s', (_name, events, words) => {
    expect(checkEvents(events as readonly ChatEvent[]).join('\n')).toContain(words)
  })
})
