// The shapes real servers give their answers.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inputTokens, outputTokens } from '../../core/usage.ts'
import { checkEvents } from '../../testing/check-events.ts'
import { openaiChat } from './index.ts'
import {
  chunk,
  collect,
  done,
  errorOf,
  finish,
  partsOf,
  readDeltas,
  readFrames,
  readWhole,
} from './samples.ts'

describe('the opening', () => {
  test('waits for the first content', () => {
    const { events } = readFrames([
      { data: '{"choices":[],"id":"","created":0,"model":"","prompt_filter_results":[]}' },
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'Hi' }),
      finish('stop'),
      done,
    ])
    expect(events[0]).toMatchObject({
      type: 'response-start',
      id: 'chatcmpl-1',
      model: 'model-1',
      createdAt: 1_700_000_000,
    })
    expect(checkEvents(events)).toEqual([])
  })

  test('is not made for an error in the first chunk', () => {
    const reading = readFrames([
      chunk({ role: 'assistant', content: '' }),
      { data: '{"error":{"message":"Overloaded","code":503}}' },
    ])
    expect(reading.events).toHaveLength(1)
    expect(errorOf(reading)?.kind).toBe('provider-overloaded')
  })

  test('makes an id where the server gives none', () => {
    const { events } = readWhole({
      choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }],
    })
    expect(events[0]).toMatchObject({ id: 'chatcmpl_1', model: 'model' })
  })
})

describe('thought', () => {
  const thoughts = (reading: ReturnType<typeof readDeltas>) =>
    partsOf(reading).filter((part) => part.type === 'reasoning')

  test('is read once, whatever it is called', () => {
    const details = (text: string) => [{ type: 'reasoning.text', text, index: 0, format: 'f' }]
    for (const field of ['reasoning_content', 'reasoning', 'reasoning_text'])
      expect(thoughts(readDeltas([{ [field]: 'A' }, { [field]: 'B' }]))).toEqual([
        { type: 'reasoning', text: 'AB' },
      ])
    const twice = readDeltas([
      { reasoning: 'A', reasoning_details: details('A') },
      { reasoning_details: details('B') },
    ])
    expect(thoughts(twice).map(({ text }) => text)).toEqual(['AB'])
    const repeated = readDeltas([{ reasoning_content: 'A' }, { reasoning_details: details('A') }])
    expect(thoughts(repeated).map(({ text }) => text)).toEqual(['A'])
  })

  test('keeps its signature, its encrypted part and where they were made', () => {
    const entry = { type: 'reasoning.text', format: 'f', index: 0 }
    const reading = readDeltas([
      { reasoning_details: [{ ...entry, text: 'A' }] },
      { reasoning_details: [{ ...entry, signature: 's' }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'd', id: 'rs' }] },
      { content: 'x' },
    ])
    const maker = { dialect: 'openai-chat', provider: 'place', model: 'model' }
    expect(thoughts(reading)).toEqual([
      {
        type: 'reasoning',
        text: 'A',
        signature: 's',
        origin: { ...maker, fields: { format: 'f' } },
      },
      { type: 'reasoning', text: '', redacted: 'd', origin: { ...maker, fields: { id: 'rs' } } },
    ])
  })

  test('comes as content parts', () => {
    const reading = readDeltas([
      { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'A' }] }] },
      { content: [{ type: 'text', text: 'B' }] },
    ])
    expect(partsOf(reading)).toEqual([
      { type: 'reasoning', text: 'A' },
      { type: 'text', text: 'B' },
    ])
  })

  test('is split off its tags however the stream is cut, and only where the profile says so', () => {
    const text = ' <think>\nHm <b> </thin</think>\n\nA <think>x</think>'
    const patch = { reasoning: { thinkTags: true } }
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length]
        const pieces = places.map((place, index) => ({
          content: text.slice(places[index - 1] ?? 0, place),
        }))
        expect(partsOf(readDeltas(pieces, 'stop', patch))).toEqual([
          { type: 'reasoning', text: 'Hm <b> </thin' },
          { type: 'text', text: 'A <think>x</think>' },
        ])
      }),
    )
    expect(partsOf(readDeltas([{ content: text }]))).toEqual([{ type: 'text', text }])
    expect(partsOf(readDeltas([{ content: '<thi' }], 'stop', patch))).toEqual([
      { type: 'text', text: '<thi' },
    ])
  })
})

describe('the rest of an answer', () => {
  test('refusals, citations, logprobs and images', () => {
    const annotation = {
      type: 'url_citation',
      url_citation: { url: 'https://x.test', title: 'X', start_index: 0, end_index: 1 },
    }
    const reading = readFrames([
      chunk({ content: 'Hi' }, { logprobs: { content: [{ token: 'Hi', logprob: 0 }] } }),
      chunk({ annotations: [annotation] }),
      chunk({ images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }] }),
      finish('stop'),
    ])
    expect(partsOf(reading)).toMatchObject([
      {
        type: 'text',
        text: 'Hi',
        logprobs: [{ token: 'Hi' }],
        citations: [{ url: 'https://x.test', title: 'X' }],
      },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AA' } },
    ])
    const refused = readDeltas([{ refusal: 'No' }, { refusal: '.' }])
    expect(partsOf(refused)).toEqual([{ type: 'refusal', text: 'No.' }])
    expect(collect(refused.events).choices[0]?.finish).toEqual({ reason: 'refusal', raw: 'stop' })
  })

  test('a stream may hold whole messages, alone or repeated at its end', () => {
    const message = {
      role: 'assistant',
      content: 'Hi',
      tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{}' } }],
    }
    const alone = readFrames([
      { data: JSON.stringify({ choices: [{ message, finish_reason: 'stop' }] }) },
    ])
    expect(partsOf(alone)).toHaveLength(2)
    const repeated = readFrames([
      chunk({ content: 'Hi' }),
      chunk({ content: '' }, { message, finish_reason: 'stop' }),
    ])
    expect(partsOf(repeated)).toEqual([{ type: 'text', text: 'Hi' }])
  })

  test('several choices do not mix', () => {
    const of = (index: number, content: string) => chunk({ content }, { index })
    const { events } = readFrames([
      of(0, 'A'),
      of(1, 'B'),
      of(0, 'C'),
      chunk({}, { index: 0, finish_reason: 'stop' }),
      chunk({}, { index: 1, finish_reason: 'length' }),
      done,
    ])
    expect(checkEvents(events)).toEqual([])
    expect(collect(events).choices.map(({ parts, finish: end }) => [parts, end?.reason])).toEqual([
      [[{ type: 'text', text: 'AC' }], 'stop'],
      [[{ type: 'text', text: 'B' }], 'length'],
    ])
  })

  test('unknown fields are kept: short ones at the start, the others at the end', () => {
    const { events } = readFrames([
      chunk({ content: 'x' }, {}, { system_fingerprint: 'fp', citations: ['a'] }),
      finish('stop', { system_fingerprint: 'fp', citations: ['a', 'b'] }),
    ])
    expect(collect(events).extensions?.fields).toEqual({
      system_fingerprint: 'fp',
      citations: ['a', 'b'],
    })
  })

  test.each([
    ['stop', 'stop'],
    ['eos', 'stop'],
    ['length', 'length'],
    ['model_length', 'context-full'],
    ['content_filter', 'content-filter'],
    ['sensitive', 'content-filter'],
  ])('the finish "%s" is "%s"', (word, reason) => {
    const reading = readDeltas([{ content: 'x' }], word)
    expect(collect(reading.events).choices[0]?.finish).toEqual({ reason, raw: word })
    expect(reading.losses.list).toEqual([])
  })

  test('an unknown finish is an end, and said so', () => {
    const reading = readDeltas([{ content: 'x' }], 'bored')
    expect(collect(reading.events).choices[0]?.finish).toEqual({ reason: 'stop', raw: 'bored' })
    expect(reading.losses.list).toMatchObject([{ kind: 'changed', what: 'finish_reason' }])
  })

  test('the stop text is known where the server tells it', () => {
    const { events } = readFrames([
      chunk({ content: 'x' }),
      chunk({}, { finish_reason: 'stop', stop_reason: 'END' }),
    ])
    expect(collect(events).choices[0]?.finish).toEqual({
      reason: 'stop-sequence',
      raw: 'stop',
      stopSequence: 'END',
    })
  })
})

describe('ends', () => {
  const kindOf = (...frames: Parameters<typeof readFrames>[0]) => errorOf(readFrames(frames))?.kind

  test('a stream without its finish was cut short, whatever it says after it', () => {
    expect(kindOf(chunk({ content: 'x' }))).toBe('provider-truncated')
    expect(kindOf(chunk({ content: 'x' }), done)).toBe('provider-truncated')
    expect(kindOf(chunk({ content: 'x' }, { finish_reason: '' }))).toBe('provider-truncated')
    expect(kindOf()).toBe('provider-truncated')
  })

  test('the mark after a finish is not needed, and ends at once where it comes', () => {
    expect(kindOf(chunk({ content: 'x' }), finish('stop'))).toBeUndefined()
    const { events } = readFrames([
      chunk({ content: 'x' }),
      finish('stop'),
      done,
      { data: 'rubbish' },
    ])
    expect(events.at(-1)?.type).toBe('response-end')
  })

  test('errors in any shape end the stream, after a finish too', () => {
    const error = { message: 'Token limit reached', code: 400 }
    for (const frames of [
      [
        chunk({ content: 'x' }),
        { event: 'error', data: JSON.stringify({ error: { ...error, status_code: 400 } }) },
      ],
      [chunk({ content: 'x' }), { event: 'error', data: JSON.stringify({ message: 'no' }) }],
      [chunk({ content: 'x' }), chunk({}, {}, { error })],
      [chunk({ content: 'x' }), finish('length'), chunk({}, {}, { error }), done],
      [chunk({ content: 'x' }), chunk({}, { error, finish_reason: 'error' })],
      [chunk({ content: 'x' }), { data: JSON.stringify([{ error }]) }],
      [
        chunk({ content: 'x' }),
        { data: JSON.stringify({ base_resp: { status_code: 1002, status_msg: 'x' } }) },
      ],
      [chunk({ content: 'x' }), finish('error')],
      [chunk({ content: 'x' }), { data: '{"choices":' }],
    ]) {
      const { events } = readFrames(frames)
      expect(events.filter(({ type }) => type === 'error')).toHaveLength(1)
      expect(events.at(-1)?.type).toBe('error')
      expect(checkEvents(events)).toEqual([])
    }
  })

  test('a whole answer that is an error, or none, is an error', () => {
    expect(errorOf(readWhole({ error: { message: 'x', code: 502 } }))?.kind).toBe('provider-failed')
    expect(
      errorOf(readWhole({ choices: null, base_resp: { status_code: 1008, status_msg: 'x' } }))
        ?.kind,
    ).toBe('provider-no-credit')
    expect(errorOf(readWhole({ object: 'error', message: 'x', code: 40003 }))?.kind).toBe(
      'provider-failed',
    )
    expect(errorOf(readWhole({ id: 'x', choices: [] }))?.kind).toBe('provider-invalid-response')
    expect(errorOf(readWhole('x'))?.kind).toBe('provider-invalid-response')
  })

  test('null errors and good status codes are none', () => {
    const body = {
      choices: [{ message: { content: 'x' }, finish_reason: 'stop' }],
      error: null,
      base_resp: { status_code: 0 },
    }
    expect(readWhole(body).events.at(-1)?.type).toBe('response-end')
  })
})

describe('usage', () => {
  const usage = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 }
  const shown = (reading: ReturnType<typeof readDeltas>) => {
    const { usage: told } = collect(reading.events)
    return told && [inputTokens(told), outputTokens(told)]
  }

  test('is found wherever servers put it', () => {
    const x = chunk({ content: 'x' })
    for (const frames of [
      [x, finish('stop', { usage }), done],
      [x, finish('stop'), { data: JSON.stringify({ choices: [], usage }) }, done],
      [x, chunk({}, { finish_reason: 'stop', usage })],
      [x, finish('stop', { x_place: { usage } })],
      [
        chunk({ content: 'x' }, {}, { usage: { ...usage, completion_tokens: 1 } }),
        finish('stop', { usage }),
      ],
      [finish('stop', { usage })],
    ])
      expect(shown(readFrames(frames))).toEqual([5, 3])
  })

  test('of zeros is a placeholder', () => {
    expect(
      shown(
        readFrames([
          chunk({ content: 'x' }, {}, { usage: { prompt_tokens: 0, completion_tokens: 0 } }),
          finish('stop'),
        ]),
      ),
    ).toBeUndefined()
  })

  test('is known from the few frames a meter reads', () => {
    const { events } = readFrames([
      finish('tool_calls'),
      { data: JSON.stringify({ choices: [], usage }) },
      done,
    ])
    expect(collect(events)).toMatchObject({
      choices: [{ finish: { reason: 'tool-calls' } }],
      usage: { input: { tokens: 5 }, output: { tokens: 3 } },
    })
  })
})

test('text in an answer never looks like a mark', () => {
  const text = '{"usage":{"a":1},"finish_reason":"stop","error":1,"choices":[]}'
  const { data } = chunk({ content: text })
  expect(openaiChat.response.isUsageFrame?.({ data })).toBe(false)
  for (const mark of openaiChat.response.marks.filter((mark) => mark.startsWith('"')))
    expect(data.includes(mark)).toBe(false)
  expect(
    openaiChat.response.isUsageFrame?.({ data: '{"choices": [], "usage": {"prompt_tokens": 1}}' }),
  ).toBe(true)
  expect(openaiChat.response.isUsageFrame?.({ data: '{"choices":[],"usage":null}' })).toBe(false)
})
