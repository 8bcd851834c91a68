// The shapes real servers give tool calls in a stream.

import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../core/json.ts'
import { checkEvents } from '../../testing/check-events.ts'
import { collect, partsOf, readDeltas } from './samples.ts'

const call = (fields: JsonObject) => ({ tool_calls: [fields] })
const tools = (reading: ReturnType<typeof readDeltas>) =>
  partsOf(reading).filter((part) => part.type === 'tool-call')

describe('tool calls', () => {
  const first = { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }

  test('come in pieces, with ids and names emptied or repeated', () => {
    const reading = readDeltas([
      call(first),
      call({ index: 0, id: '', function: { name: '', arguments: '{"x"' } }),
      call({ index: 0, id: 'a', function: { name: 'f', arguments: ':1}' } }),
    ])
    expect(tools(reading)).toMatchObject([{ id: 'a', name: 'f', arguments: '{"x":1}' }])
    expect(collect(reading.events).choices[0]?.finish).toEqual({
      reason: 'tool-calls',
      raw: 'stop',
    })
  })

  test('a new id, or a second whole call, on the same index is another call', () => {
    const whole = (id: string, name: string) =>
      call({ index: 0, id, function: { name, arguments: '{"x":1}' } })
    expect(tools(readDeltas([whole('a', 'f'), whole('b', 'f')])).map(({ id }) => id)).toEqual([
      'a',
      'b',
    ])
    expect(tools(readDeltas([whole('', 'f'), whole('', 'f')])).map(({ id }) => id)).toEqual([
      'call_1',
      'call_2',
    ])
    expect(tools(readDeltas([whole('', 'f'), whole('', 'g')])).map(({ name }) => name)).toEqual([
      'f',
      'g',
    ])
  })

  test('one id for two indexes is two calls with two ids', () => {
    const reading = readDeltas([
      call({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }),
      call({ index: 1, id: 'a', function: { name: 'g', arguments: '{' } }),
      call({ index: 1, id: 'a', function: { arguments: '}' } }),
    ])
    expect(tools(reading)).toMatchObject([
      { id: 'a', name: 'f', arguments: '{}' },
      { id: 'call_1', name: 'g', arguments: '{}' },
    ])
  })

  test('without an index belong to the last call, or to a new one when named', () => {
    const reading = readDeltas([
      call({ id: 'a', function: { name: 'f', arguments: '{' } }),
      call({ function: { arguments: '}' } }),
      {
        tool_calls: [
          { function: { name: 'g', arguments: '{}' } },
          { function: { name: 'h', arguments: {} } },
        ],
      },
    ])
    expect(tools(reading).map(({ name, arguments: text }) => [name, text])).toEqual([
      ['f', '{}'],
      ['g', '{}'],
      ['h', '{}'],
    ])
  })

  test('interleave and still come one after the other', () => {
    const reading = readDeltas([
      call(first),
      call({ index: 1, id: 'b', function: { name: 'g', arguments: '{"y"' } }),
      call({ index: 0, function: { arguments: '{"x":1}' } }),
      call({ index: 1, function: { arguments: ':2}' } }),
    ])
    expect(checkEvents(reading.events)).toEqual([])
    expect(tools(reading).map(({ arguments: text }) => text)).toEqual(['{"x":1}', '{"y":2}'])
  })

  test('of the old and of the freeform kind', () => {
    expect(
      tools(
        readDeltas(
          [
            { function_call: { name: 'f', arguments: '{"x"' } },
            { function_call: { arguments: ':1}' } },
          ],
          'function_call',
        ),
      ),
    ).toMatchObject([{ name: 'f', arguments: '{"x":1}', kind: 'function' }])
    expect(
      tools(
        readDeltas([
          call({ index: 0, id: 'a', type: 'custom', custom: { name: 'patch', input: 'x' } }),
          call({ index: 0, custom: { input: 'y' } }),
        ]),
      ),
    ).toMatchObject([{ name: 'patch', arguments: 'xy', kind: 'custom' }])
  })

  test('cut by the limit stay cut', () => {
    const reading = readDeltas(
      [call(first), call({ index: 0, function: { arguments: '{"x' } })],
      'length',
    )
    expect(collect(reading.events).choices[0]?.finish?.reason).toBe('length')
    expect(checkEvents(reading.events)).toEqual([])
  })

  test('are not torn by state or citations that come late', () => {
    const reading = readDeltas([
      call(first),
      {
        ...call({ index: 0, function: { arguments: '{"x"' } }),
        reasoning_details: [{ type: 'reasoning.encrypted', data: 'd' }],
      },
      { ...call({ index: 0, function: { arguments: ':1}' } }), extra_content: { s: 1 } },
    ])
    expect(checkEvents(reading.events)).toEqual([])
    expect(partsOf(reading)).toMatchObject([
      { type: 'tool-call', arguments: '{"x":1}' },
      { type: 'reasoning', redacted: 'd' },
      {
        type: 'reasoning',
        redacted: '{"message":{"extra_content":{"s":1}},"calls":[{}]}',
        origin: { dialect: 'openai-chat' },
      },
    ])
  })
})
