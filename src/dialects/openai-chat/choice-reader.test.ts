// What stands in the messages and deltas of real servers beside text and calls.

import { describe, expect, test } from 'vitest'
import { checkEvents } from '../../testing/check-events.ts'
import { encodeWhole } from './encode-whole.ts'
import {
  chunk,
  collect,
  createContext,
  done,
  finish,
  partsOf,
  readFrames,
  readWhole,
  writeFrames,
} from './samples.ts'

describe('what an answer rests on', () => {
  const citationsIn = (reading: ReturnType<typeof readFrames>) =>
    partsOf(reading).flatMap((part) => (part.type === 'text' ? (part.citations ?? []) : []))

  test('is read from the list beside the answer, once, where the text cites nothing itself', () => {
    const top = {
      citations: ['https://a.example'],
      search_results: [{ url: 'https://a.example', title: 'A', snippet: 's' }],
    }
    const reading = readFrames([
      chunk({ content: 'Paris [1]' }, {}, top),
      chunk({}, { finish_reason: 'stop' }, top),
      done,
    ])
    expect(citationsIn(reading)).toMatchObject([
      { url: 'https://a.example', title: 'A', text: 's' },
    ])
    expect(checkEvents(reading.events)).toEqual([])
  })

  test('is not told twice', () => {
    const annotation = { type: 'url_citation', url_citation: { url: 'https://b.example' } }
    const reading = readFrames([
      chunk({ content: 'x', annotations: [annotation] }, {}, { citations: ['https://a.example'] }),
      finish('stop'),
    ])
    expect(citationsIn(reading)).toMatchObject([{ url: 'https://b.example' }])
  })

  test('of kinds without an address goes to clients of the dialect as it came', () => {
    const annotation = { type: 'file_citation', file_citation: { file_id: 'f' } }
    const reading = readWhole({
      choices: [{ message: { content: 'x', annotations: [annotation] }, finish_reason: 'stop' }],
    })
    expect(citationsIn(reading)).toEqual([{ raw: { dialect: 'openai-chat', fields: annotation } }])
  })
})

test('content of a kind nobody knows is a loss, not nothing', () => {
  const content = [
    { type: 'text', text: 'a' },
    { type: 'reference', reference_ids: [1] },
  ]
  const { losses } = readWhole({ choices: [{ message: { content }, finish_reason: 'stop' }] })
  expect(losses.list).toMatchObject([{ kind: 'dropped', what: 'reference' }])
})

test('choices without numbers are one answer, unless two of them speak', () => {
  const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }
  const pieces = [{ message: { content: 'a' } }, { message: { tool_calls: [call] } }]
  expect(collect(readWhole({ choices: pieces }).events).choices).toMatchObject([
    { index: 0, parts: [{ type: 'text' }, { type: 'tool-call' }] },
  ])
  const answers = [{ message: { content: 'a' } }, { message: { content: 'b' } }]
  expect(collect(readWhole({ choices: answers }).events).choices).toHaveLength(2)
})

test('counts written as text are counts', () => {
  const usage = { prompt_tokens: '12', completion_tokens: '3', total_tokens: '15' }
  const { events } = readFrames([chunk({ content: 'a' }), finish('stop', { usage })])
  const told = events.find(({ type }) => type === 'usage')
  expect(told).toMatchObject({ usage: { input: { tokens: 12 }, output: { tokens: 3 } } })
})

test('state of a message and of its calls stands where it stood for clients of the dialect', () => {
  const call = (id: string, more: object) => ({
    id,
    type: 'function',
    function: { name: 'f', arguments: '{}' },
    ...more,
  })
  const calls = [call('a', { extra_content: { s: 1 } }), call('b', {})]
  const message = { content: null, reasoning_opaque: 'o', tool_calls: calls }
  const { events } = readWhole({ choices: [{ message, finish_reason: 'tool_calls' }] })
  expect(checkEvents(events)).toEqual([])
  expect(encodeWhole(collect(events), createContext())).toMatchObject({
    choices: [{ message: { reasoning_opaque: 'o', tool_calls: calls } }],
  })
  const written = writeFrames(events, createContext()).map(({ data }) => data)
  const first = written.find((frame) => frame.includes('"tool_calls"'))
  expect(JSON.parse(first ?? '{}')).toMatchObject({
    choices: [{ delta: { tool_calls: [{ id: 'a', extra_content: { s: 1 } }] } }],
  })
  expect(written.filter((frame) => frame.includes('"extra_content"'))).toHaveLength(1)
  expect(written.some((frame) => frame.includes('"delta":{"reasoning_opaque":"o"}'))).toBe(true)
})
