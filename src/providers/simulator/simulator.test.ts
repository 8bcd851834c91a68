import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChatRequest, ChatResponse, Tool, Turn, UserPart } from '../../core/chat.ts'
import { createCollector } from '../../core/collect.ts'
import type { ChatEvent } from '../../core/events.ts'
import type { JsonObject } from '../../core/json.ts'
import { createCancellation, type Services } from '../../core/services.ts'
import { inputTokens, outputTokens, tokensIn } from '../../core/usage.ts'
import { checkEvents } from '../../testing/check-events.ts'
import { simulator } from './index.ts'

type Waiting = { readonly afterMs: number; readonly fire: () => void }

/** Timers fire when the test says so, or at once in the next turn. */
function createWorld(isPatient = false, random = 0.5) {
  const waiting = new Set<Waiting>()
  const waits: number[] = []
  let ids = 0
  const services: Services = {
    now: () => 1_700_000_000_500,
    monotonic: () => 0,
    random: () => random,
    timer: (afterMs, fire) => {
      const entry = { afterMs, fire }
      waits.push(afterMs)
      waiting.add(entry)
      if (!isPatient)
        queueMicrotask(() => {
          if (waiting.delete(entry)) fire()
        })
      return { refresh: () => {}, clear: () => waiting.delete(entry) }
    },
    id: (prefix) => {
      ids += 1
      return `${prefix}_${ids}`
    },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  }
  const cancellation = createCancellation()
  return { services, cancellation, waiting, waits }
}

const user = (...parts: readonly (string | UserPart)[]): Turn => ({
  role: 'user',
  parts: parts.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : part)),
})

const ask = (model: string, fields: Partial<ChatRequest> = {}): ChatRequest => ({
  model,
  system: [],
  turns: [user('Hello there, how are you?')],
  stream: true,
  ...fields,
})

async function eventsOf(
  request: ChatRequest,
  world = createWorld(),
): Promise<readonly ChatEvent[]> {
  const events: ChatEvent[] = []
  for await (const event of simulator.answer(request, world)) events.push(event)
  expect(checkEvents(events)).toEqual([])
  return events
}

async function answerOf(request: ChatRequest, world = createWorld()): Promise<ChatResponse> {
  const collector = createCollector()
  for (const event of await eventsOf(request, world)) collector.push(event)
  return collector.response()
}

const textOf = ({ choices }: ChatResponse): string =>
  (choices[0]?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('')

const weather: Tool = {
  type: 'function',
  name: 'get_weather',
  schema: {
    type: 'object',
    properties: { city: { type: 'string' }, unit: { enum: ['C', 'F'] } },
    required: ['city'],
  },
}
const clock: Tool = { type: 'function', name: 'get_time' }

describe('echo', () => {
  test('repeats the last user text, word by word, and counts', async () => {
    const events = await eventsOf(ask('echo'))
    expect(events.map(({ type }) => type)).toEqual([
      'response-start',
      'usage',
      'part-start',
      ...Array<string>(5).fill('part-delta'),
      'part-end',
      'finish',
      'usage',
      'response-end',
    ])
    const answer = await answerOf(ask('echo'))
    expect(answer).toMatchObject({ id: 'sim_1', model: 'echo', createdAt: 1_700_000_000 })
    expect(textOf(answer)).toBe('Hello there, how are you?')
    expect(answer.choices[0]?.finish).toEqual({ reason: 'stop' })
    expect(answer.usage).toEqual({
      input: { tokens: 5, from: 'reported' },
      output: { tokens: 5, from: 'reported' },
    })
  })

  test('is the default, and looks past turns without text', async () => {
    const turns = [user('first'), { role: 'assistant', parts: [] } as const, user()]
    expect(textOf(await answerOf(ask('', { turns })))).toBe('first')
  })

  test('says something useful when there is nothing to repeat', async () => {
    expect(textOf(await answerOf(ask('echo', { turns: [] })))).toContain('repeats the last text')
  })

  test('repeats any text exactly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        fc.pre(text.trim() !== '')
        expect(textOf(await answerOf(ask('echo', { turns: [user(text)] })))).toBe(text)
      }),
    )
  })

  test('gives as many choices as wanted, with part indexes that go on', async () => {
    const request = ask('echo', { sampling: { choices: 3 } })
    const starts = (await eventsOf(request)).filter(({ type }) => type === 'part-start')
    expect(starts).toMatchObject([0, 1, 2].map((index) => ({ index, choice: index })))
    const answer = await answerOf(request)
    expect(answer.choices.map(({ finish }) => finish?.reason)).toEqual(['stop', 'stop', 'stop'])
    expect(outputTokens(answer.usage ?? {})).toBe(15)
  })

  test('answers with JSON where JSON is wanted', async () => {
    const schema: JsonObject = { type: 'object', properties: { a: { const: 1 } }, required: ['a'] }
    expect(textOf(await answerOf(ask('echo', { output: { type: 'schema', schema } })))).toBe(
      '{"a":1}',
    )
    const json = textOf(await answerOf(ask('lorem?tokens=2', { output: { type: 'json' } })))
    expect(JSON.parse(json)).toEqual({ message: 'lorem ipsum' })
  })
})

describe('limits', () => {
  test('end an answer at the most tokens', async () => {
    const answer = await answerOf(ask('echo', { limits: { maxOutputTokens: 2 } }))
    expect(textOf(answer)).toBe('Hello there,')
    expect(answer.choices[0]?.finish).toEqual({ reason: 'length' })
    expect(outputTokens(answer.usage ?? {})).toBe(2)
    const exact = await answerOf(ask('echo', { limits: { maxOutputTokens: 5 } }))
    expect(exact.choices[0]?.finish?.reason).toBe('stop')
    const none = await answerOf(ask('echo', { limits: { maxOutputTokens: 0 } }))
    expect(none.choices[0]).toMatchObject({ parts: [], finish: { reason: 'length' } })
  })

  test('end an answer before the first stop sequence, wherever it lies in words', async () => {
    const answer = await answerOf(ask('echo', { limits: { stop: ['', 'zzz', 'are', 'w ar'] } }))
    expect(textOf(answer)).toBe('Hello there, ho')
    expect(answer.choices[0]?.finish).toEqual({ reason: 'stop-sequence', stopSequence: 'w ar' })
  })
})

describe('lorem', () => {
  test('gives as many words as wanted, each in its own event', async () => {
    const events = await eventsOf(ask('lorem?tokens=200'))
    expect(events.filter(({ type }) => type === 'part-delta')).toHaveLength(200)
    const answer = await answerOf(ask('lorem?tokens=200'))
    expect(textOf(answer).split(' ')).toHaveLength(200)
    expect(outputTokens(answer.usage ?? {})).toBe(200)
    expect((await answerOf(ask('lorem?tokens=0'))).choices).toEqual([
      { index: 0, parts: [], finish: { reason: 'stop' } },
    ])
  })

  test('waits before the answer and between tokens', async () => {
    const world = createWorld()
    await eventsOf(ask('lorem?tokens=4&delay=20ms&wait=1.5s'), world)
    expect(world.waits).toEqual([1500, 20, 20, 20])
    expect(world.waiting.size).toBe(0)
  })

  test('lets the rest of the process have its turn in long answers', async () => {
    const world = createWorld()
    await eventsOf(ask('lorem?tokens=3500'), world)
    expect(world.waits).toEqual([0, 0, 0])
  })

  test.each(['lorem?delay=1h', 'lorem?wait=1h'])(
    'stops when %s is cancelled, and leaves no timer',
    async (model) => {
      const world = createWorld(true)
      const events: ChatEvent[] = []
      const done = (async () => {
        for await (const event of simulator.answer(ask(model), world)) events.push(event)
      })()
      while (world.waiting.size === 0) await Promise.resolve()
      world.cancellation.cancel()
      await done
      expect(world.waiting.size).toBe(0)
      expect(events.some(({ type }) => type === 'response-end')).toBe(false)
    },
  )
})

describe('tools', () => {
  const callsOf = async (fields: Partial<ChatRequest>, model = 'tools') => {
    const answer = await answerOf(ask(model, { tools: [weather, clock], ...fields }))
    const calls = (answer.choices[0]?.parts ?? []).filter((part) => part.type === 'tool-call')
    return { answer, calls, names: calls.map(({ name }) => name) }
  }

  test('calls an offered tool with arguments its schema allows', async () => {
    const { answer, calls } = await callsOf({})
    expect(calls).toMatchObject([{ id: 'call_2', name: 'get_weather', kind: 'function' }])
    expect(JSON.parse(calls[0]?.arguments ?? '')).toEqual({ city: 'example' })
    expect(answer.choices[0]?.finish?.reason).toBe('tool-calls')
  })

  test('calls the tool the user names', async () => {
    expect((await callsOf({ turns: [user('please use get_time')] })).names).toEqual(['get_time'])
    expect((await callsOf({ turns: [user('please use get_time')] })).calls[0]?.arguments).toBe('{}')
  })

  test('calls two when both or more are wanted, unless one at a time is asked for', async () => {
    const both = { turns: [user('Use both')] }
    expect((await callsOf(both)).names).toEqual(['get_weather', 'get_time'])
    expect((await callsOf({}, 'tools?parallel=3')).names).toEqual([
      'get_weather',
      'get_time',
      'get_weather',
    ])
    expect((await callsOf({ ...both, hasParallelTools: false })).names).toHaveLength(1)
  })

  test('obeys the tool choice', async () => {
    expect((await callsOf({ toolChoice: { mode: 'none' } })).names).toEqual([])
    expect((await callsOf({ toolChoice: { mode: 'one', name: 'get_time' } })).names).toEqual([
      'get_time',
    ])
    expect(
      (await callsOf({ toolChoice: { mode: 'allowed', names: ['get_time'], isRequired: false } }))
        .names,
    ).toEqual(['get_time'])
    await expect(callsOf({ toolChoice: { mode: 'one', name: 'nope' } })).rejects.toMatchObject({
      kind: 'rejected',
    })
    await expect(callsOf({ tools: [], toolChoice: { mode: 'required' } })).rejects.toMatchObject({
      kind: 'rejected',
    })
  })

  test('answers from the results of tools, and calls again only when it must', async () => {
    const turns: readonly Turn[] = [
      user('Use both'),
      {
        role: 'assistant',
        parts: [
          { type: 'tool-call', id: 'a', name: 'get_weather', arguments: '{}', kind: 'function' },
          { type: 'tool-call', id: 'b', name: 'get_time', arguments: '{}', kind: 'function' },
        ],
      },
      user({ type: 'tool-result', id: 'a', content: [{ type: 'text', text: 'sunny' }] }),
      user({ type: 'tool-result', id: 'b', content: [], isError: true }),
    ]
    const { answer, calls } = await callsOf({ turns })
    expect(calls).toEqual([])
    expect(textOf(answer)).toBe(
      'The tool get_weather answered: sunny\nThe tool get_time failed: (no text)',
    )
    expect((await callsOf({ turns, toolChoice: { mode: 'required' } })).names).not.toEqual([])
    expect((await callsOf({ turns: [...turns, user('and get_time again')] })).names).toEqual([
      'get_time',
    ])
  })

  test('gives free text to custom tools and matches their grammar where it can', async () => {
    const shell: Tool = { type: 'custom', name: 'shell' }
    const digits: Tool = {
      type: 'custom',
      name: 'digits',
      format: { type: 'grammar', syntax: 'regex', definition: '^\\d{3}$' },
    }
    expect((await callsOf({ tools: [shell] })).calls).toMatchObject([
      { kind: 'custom', arguments: 'Hello there, how are you?' },
    ])
    expect((await callsOf({ tools: [digits] })).calls[0]?.arguments).toBe('000')
  })

  test('says so when there is no tool', async () => {
    expect(textOf((await callsOf({ tools: [] })).answer)).toContain('no tool to call')
  })
})

test('json gives an object, and what a schema wants', async () => {
  expect(JSON.parse(textOf(await answerOf(ask('json'))))).toEqual({
    message: 'Hello there, how are you?',
  })
  const schema: JsonObject = { type: 'array', items: { type: 'integer' }, minItems: 2 }
  expect(
    JSON.parse(textOf(await answerOf(ask('json', { output: { type: 'schema', schema } })))),
  ).toEqual([1, 1])
})

describe('think', () => {
  const kinds = async (reasoning?: ChatRequest['reasoning']) => {
    const answer = await answerOf(ask('think', reasoning ? { reasoning } : {}))
    return { answer, types: answer.choices[0]?.parts.map(({ type }) => type) }
  }

  test('thinks before it answers, and counts both apart', async () => {
    const { answer, types } = await kinds()
    expect(types).toEqual(['reasoning', 'text'])
    expect(tokensIn(answer.usage ?? {}, 'output')).toBe(5)
    expect(tokensIn(answer.usage ?? {}, 'reasoning')).toBeGreaterThan(5)
  })

  test('thinks no more than it may', async () => {
    expect((await kinds({ mode: 'off' })).types).toEqual(['text'])
    expect((await kinds({ mode: 'on', effort: 'none' })).types).toEqual(['text'])
    const { answer } = await kinds({ mode: 'on', budgetTokens: 3 })
    expect(tokensIn(answer.usage ?? {}, 'reasoning')).toBe(3)
  })
})

describe('faults', () => {
  test.each([
    [400, 'rejected'],
    [401, 'provider-auth'],
    [402, 'provider-no-credit'],
    [403, 'provider-auth'],
    [404, 'provider-model-not-found'],
    [408, 'provider-timeout'],
    [422, 'rejected'],
    [429, 'provider-rate-limited'],
    [500, 'provider-failed'],
    [502, 'provider-failed'],
    [503, 'provider-overloaded'],
    [504, 'provider-timeout'],
    [529, 'provider-overloaded'],
  ])('error with status %i fails as %s', async (status, kind) => {
    await expect(eventsOf(ask(`error?status=${status}`))).rejects.toMatchObject({
      kind,
      upstream: { status },
    })
  })

  test('error says when to come back', async () => {
    await expect(eventsOf(ask('error?status=429&retry_after=2'))).rejects.toMatchObject({
      retryAfterMs: 2000,
    })
    await expect(eventsOf(ask('error?status=429&retry_after=50ms'))).rejects.toMatchObject({
      retryAfterMs: 50,
    })
  })

  test('flaky fails at its rate, else repeats', async () => {
    await expect(eventsOf(ask('flaky?rate=0.3'), createWorld(false, 0.29))).rejects.toMatchObject({
      kind: 'provider-failed',
    })
    expect(textOf(await answerOf(ask('flaky?rate=0.3'), createWorld(false, 0.3)))).toContain(
      'Hello',
    )
    await expect(eventsOf(ask('flaky?rate=1'), createWorld(false, 0.999))).rejects.toThrow()
  })

  test('cut breaks off after its tokens, and tells usage before', async () => {
    const events = await eventsOf(ask('cut?after=3', { sampling: { choices: 2 } }))
    expect(events.map(({ type }) => type)).toEqual([
      'response-start',
      'usage',
      'part-start',
      'part-delta',
      'part-delta',
      'part-delta',
      'usage',
      'error',
    ])
    expect(events.at(-1)).toMatchObject({ error: { kind: 'provider-truncated' } })
    expect(events.at(-2)).toMatchObject({ usage: { output: { tokens: 3 } } })
    expect((await eventsOf(ask('cut?after=0'))).map(({ type }) => type)).toEqual([
      'response-start',
      'usage',
      'usage',
      'error',
    ])
    const short = ask('cut?after=50', { output: { type: 'schema', schema: { const: 'x' } } })
    expect((await eventsOf(short)).at(-1)?.type).toBe('error')
    const limited = ask('cut?after=50', { limits: { maxOutputTokens: 5 } })
    expect((await eventsOf(limited)).at(-1)?.type).toBe('response-end')
  })
})

describe('what it is asked for', () => {
  test('a call that is insisted on is made by the plain model too', async () => {
    const tools = [{ type: 'function', name: 'note', schema: { type: 'object' } }] as const
    const answer = await answerOf(ask('echo', { tools, toolChoice: { mode: 'required' } }))
    expect(answer.choices[0]?.parts).toMatchObject([{ type: 'tool-call', name: 'note' }])
    expect((await answerOf(ask('echo', { tools }))).choices[0]?.parts[0]?.type).toBe('text')
  })

  test.each([
    ['nope', 'unknown-model', 'has no model "nope"; it has echo, lorem'],
    ['toString', 'unknown-model', '"toString"'],
    ['echo?tokens=5', 'bad-request', '"sim/echo" has no option "tokens"; it has "delay", "wait"'],
    [
      'lorem?tokens=many',
      'bad-request',
      '"tokens" of "sim/lorem" is "many"; it must be a whole number',
    ],
    ['lorem?tokens=-1', 'bad-request', 'whole number from 0'],
    ['lorem?tokens=1&tokens=2', 'bad-request', 'given twice'],
    ['lorem?delay=20', 'bad-request', 'such as 20ms'],
    ['lorem?delay=2h', 'bad-request', 'at most an hour'],
    ['flaky?rate=2', 'bad-request', 'a number from 0 to 1'],
    ['error?status=200', 'bad-request', '400 to 599'],
    ['lorem?tokens', 'bad-request', 'is ""'],
  ])('%s is refused with a way out', async (model, kind, message) => {
    const failure: unknown = await eventsOf(ask(model)).catch((error: unknown) => error)
    expect(failure).toMatchObject({ kind, param: 'model' })
    expect(String(failure)).toContain(message)
  })

  test('counts every kind of prompt', async () => {
    const { usage } = await answerOf(
      ask('echo', {
        system: [{ type: 'text', text: 'Be brief' }],
        turns: [
          user('Hi', { type: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } }),
        ],
        tools: [clock],
      }),
    )
    expect(inputTokens(usage ?? {})).toBeGreaterThan(103)
  })

  test('lists models that all exist', async () => {
    for (const model of simulator.models) {
      const failure: unknown = await eventsOf(ask(model)).catch((error: unknown) => error)
      expect(failure).not.toMatchObject({ kind: 'unknown-model' })
    }
  })
})
