import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { builtIn } from '../config/lists.ts'
import type { Dialect, EncodeContext } from '../core/dialect.ts'
import type { GatewayError } from '../core/error.ts'
import type { Framing } from '../core/framing.ts'
import { createLosses } from '../core/loss.ts'
import { createMeter } from './meter.ts'
import type { Output, Rendering, RenderPlan } from './render/rendering.ts'
import { createRendering } from './transcode.ts'

const find = <T extends { readonly id: string }>(list: readonly T[], id: string): T => {
  const found = list.find((one) => one.id === id)
  if (!found) throw new Error(`No "${id}"`)
  return found
}
const chat: Dialect = find(builtIn.dialects, 'openai-chat')
const messages: Dialect = find(builtIn.dialects, 'anthropic')
const sse: Framing = find(builtIn.framings, 'sse')
const ndjson: Framing = find(builtIn.framings, 'ndjson')

const data = (fields: object): string =>
  JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', ...fields })
const piece = (delta: object, finish: string | null = null): string =>
  data({ choices: [{ index: 0, delta, finish_reason: finish }] })
const usage = data({
  choices: [],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
})
const frames = [
  piece({ role: 'assistant', content: '' }),
  piece({ content: 'fi' }),
  piece({ content: 'ne 🙂 data: "usage":{' }),
  piece({}, 'stop'),
  usage,
  '[DONE]',
]

type Changes = {
  readonly client?: Dialect
  readonly clientFraming?: Framing
  readonly framing?: Framing
  readonly isClientStream?: boolean
  readonly isStream?: boolean
  readonly wasForwarded?: boolean
  readonly hidesUsageFrame?: boolean
  readonly tap?: 'meter' | 'events'
}

function create(changes: Changes = {}) {
  const { isStream = true, isClientStream = isStream, client = chat, framing = sse } = changes
  const written: Uint8Array[] = []
  const said: string[] = []
  let error: GatewayError | undefined
  const output: Output = {
    write: (chunk) => written.push(Buffer.from(chunk as Uint8Array)),
    commit: () => said.push('commit'),
    end: () => said.push('end'),
    fail: (given, isTold) => {
      error = given
      said.push(isTold ? 'told' : 'fail')
    },
  }
  const meter = createMeter()
  const losses = createLosses()
  let created = 0
  const plan: RenderPlan = {
    client: { dialect: client, framing: changes.clientFraming ?? sse, isStream: isClientStream },
    target: { dialect: chat, framing, isStream },
    wasForwarded: changes.wasForwarded ?? true,
    hidesUsageFrame: changes.hidesUsageFrame ?? false,
    decode: {
      profile: chat.profile,
      target: { provider: 'lab', model: 'm' },
      losses,
      createId: (prefix) => `${prefix}_${created++}`,
    },
    encode: () =>
      ({
        asked: client.request.decode({
          headers: {},
          body: { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] },
        }),
        losses,
        estimateInput: () => 1,
        createId: (prefix) => `${prefix}_${created++}`,
        now: () => 1,
      }) satisfies EncodeContext,
    undo: [],
    taps: changes.tap
      ? [{ name: 'watch', needs: changes.tap, create: () => (event, emit) => emit(event) }]
      : [],
    isStrict: false,
    meter,
  }
  const rendering: Rendering = createRendering(plan, output)
  return {
    rendering,
    meter,
    said,
    error: () => error,
    text: () => Buffer.concat(written).toString('utf8'),
    play: (bytes: Uint8Array, places: readonly number[] = []): void => {
      let from = 0
      for (const place of [...places.map((one) => one % (bytes.length + 1)), bytes.length].sort(
        (a, b) => a - b,
      )) {
        rendering.chunk(bytes.subarray(from, place))
        from = place
      }
      rendering.end()
    },
  }
}

const lineEnds = ['\n', '\r\n', '\r'] as const
const toSse = (list: readonly string[], lineEnd: string = '\n'): string =>
  list.map((frame) => `data: ${frame}${lineEnd}${lineEnd}`).join('')
const splits = fc.array(fc.nat(5000), { maxLength: 12 })

describe('the way is chosen', () => {
  test.each<readonly [string, Changes]>([
    ['passThrough', {}],
    ['passThrough', { isStream: false }],
    ['passThrough', { tap: 'meter' }],
    ['translate', { tap: 'events' }],
    ['translate', { wasForwarded: false }],
    ['translate', { client: messages }],
    ['translate', { isClientStream: false }],
    ['reframe', { framing: ndjson }],
  ])('%s for %j', (mode, changes) => {
    expect(create(changes).rendering.mode).toBe(mode)
  })
})

describe('passThrough', () => {
  test.each(lineEnds)('any split gives the same bytes, and the same count (%j)', (lineEnd) => {
    fc.assert(
      fc.property(splits, fc.boolean(), (places, isMarked) => {
        const text = `${isMarked ? '\ufeff: hello\n\n' : ''}${toSse(frames, lineEnd)}`
        const { play, text: shown, said, meter } = create()
        play(Buffer.from(text), places)
        expect(shown()).toBe(text)
        expect(said).toEqual(['commit', 'end'])
        expect(meter.usage(() => 0)).toMatchObject({ input: { tokens: 3 }, output: { tokens: 2 } })
        expect(meter.hasEnded).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test.each(lineEnds)('the one frame we asked for is left out at any split (%j)', (lineEnd) => {
    fc.assert(
      fc.property(splits, (places) => {
        const { play, text, said } = create({ hidesUsageFrame: true })
        play(Buffer.from(toSse(frames, lineEnd)), places)
        expect(text()).toBe(
          toSse(
            frames.filter((frame) => frame !== usage),
            lineEnd,
          ),
        )
        expect(said).toEqual(['commit', 'end'])
      }),
      { numRuns: 200 },
    )
  })

  test('usage beside words is not that frame', () => {
    const both = data({
      choices: [{ index: 0, delta: { content: 'x' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    })
    const { play, text } = create({ hidesUsageFrame: true })
    play(Buffer.from(toSse([both, '[DONE]'])))
    expect(text()).toBe(toSse([both, '[DONE]']))
  })

  test('a last frame without its end is shown when it is one, and not when it is half of one', () => {
    const good = create()
    good.play(Buffer.from(toSse(frames).trimEnd()))
    expect([good.text(), good.said.at(-1)]).toEqual([toSse(frames).trimEnd(), 'end'])
    const bad = create()
    bad.play(Buffer.from(`${toSse(frames.slice(0, 2))}data: {"id":"c","choi`))
    expect(bad.text()).toBe(toSse(frames.slice(0, 2)))
    expect([bad.said.at(-1), bad.error()?.kind]).toEqual(['fail', 'provider-invalid-response'])
  })

  test('a stream cut at any byte ends well only when it is whole', () => {
    const bytes = Buffer.from(toSse(frames))
    const enough = bytes.indexOf('"finish_reason":"stop"')
    for (let length = 0; length <= bytes.length; length += 1) {
      const { play, said, text } = create()
      play(bytes.subarray(0, length), [length >> 1])
      if (said.at(-1) === 'end') expect(length).toBeGreaterThan(enough)
      else expect(said.at(-1)).toBe('fail')
      expect(toSse(frames).startsWith(text())).toBe(true)
    }
  })

  test('the provider’s own error goes as it is, and is told once', () => {
    const failure = '{"error":{"message":"overloaded","type":"server_error"}}'
    const { play, text, said, error } = create()
    play(Buffer.from(toSse([...frames.slice(0, 2), failure])))
    expect(text()).toBe(toSse([...frames.slice(0, 2), failure]))
    expect(said).toEqual(['commit', 'told'])
    expect(error()?.message).toContain('overloaded')
  })

  test('an error before the first word shows nothing: another target may answer', () => {
    const { play, text, said } = create()
    play(Buffer.from(toSse([frames[0] ?? '', '{"error":{"message":"no"}}', ...frames])))
    expect([text(), said]).toEqual([toSse([]), ['fail']])
  })

  test('nothing comes after the end', () => {
    const { rendering, play, said } = create()
    play(Buffer.from(toSse(frames)))
    rendering.chunk(Buffer.from(toSse(frames)))
    rendering.end()
    expect(said).toEqual(['commit', 'end'])
  })

  test('a frame without end is refused before it hurts', () => {
    const { rendering } = create()
    const part = Buffer.alloc(1024 * 1024, 'x')
    rendering.chunk(Buffer.from(toSse(frames.slice(0, 2))))
    expect(() => {
      for (let sent = 0; sent < 20; sent += 1) rendering.chunk(part)
    }).toThrow(expect.objectContaining({ kind: 'provider-invalid-response' }))
  })

  test('a whole answer is passed as it came, an odd one is an error', () => {
    const body = Buffer.from(
      '{ "id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n',
    )
    const good = create({ isStream: false })
    good.rendering.whole(body)
    good.rendering.end()
    expect([good.text(), good.said]).toEqual([body.toString(), ['end']])
    for (const odd of ['', '{', '<html>', '[]', 'null', '{"choices":[]}']) {
      const { rendering, said, text } = create({ isStream: false })
      rendering.whole(Buffer.from(odd))
      rendering.end()
      expect([said, text()]).toEqual([['fail'], ''])
    }
  })
})

describe('reframe', () => {
  const lines = frames.filter((frame) => frame !== '[DONE]')
  const toLines = (list: readonly string[]): string => list.map((line) => `${line}\n`).join('')

  test('frames in lines become events, their words untouched, at any split', () => {
    fc.assert(
      fc.property(splits, fc.boolean(), (places, hidesUsageFrame) => {
        const { play, text, said, meter } = create({ framing: ndjson, hidesUsageFrame })
        play(Buffer.from(toLines(lines)), places)
        expect(text()).toBe(toSse(hidesUsageFrame ? lines.filter((line) => line !== usage) : lines))
        expect(said).toEqual(['commit', 'end'])
        expect(meter.usage(() => 0)).toMatchObject({ output: { tokens: 2 } })
      }),
      { numRuns: 100 },
    )
  })

  test('events become lines', () => {
    const { play, text } = create({ clientFraming: ndjson })
    play(Buffer.from(toSse(frames)))
    expect(text()).toBe(toLines(frames))
  })

  test('a stream that ends too soon is an error', () => {
    const { play, said, error } = create({ framing: ndjson })
    play(Buffer.from(toLines(lines.slice(0, 2))))
    expect([said, error()?.kind]).toEqual([['commit', 'fail'], 'provider-truncated'])
  })
})

describe('translate', () => {
  test('any split tells the client the same', () => {
    const told = (places: readonly number[]): string => {
      const { play, text, said } = create({ client: messages })
      play(Buffer.from(toSse(frames)), places)
      expect(said).toEqual(['commit', 'end'])
      return text()
    }
    const once = told([])
    expect(once).toContain('message_stop')
    fc.assert(
      fc.property(splits, (places) => {
        expect(told(places)).toBe(once)
      }),
      { numRuns: 100 },
    )
  })

  test('a stream becomes a whole answer, and a whole answer a stream', () => {
    const whole = create({ isClientStream: false })
    whole.play(Buffer.from(toSse(frames)))
    expect(JSON.parse(whole.text())).toMatchObject({
      choices: [{ message: { content: 'fine 🙂 data: "usage":{' } }],
    })
    const stream = create({ isStream: false, isClientStream: true })
    stream.rendering.whole(
      Buffer.from(
        '{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}',
      ),
    )
    stream.rendering.end()
    expect(stream.text()).toMatch(/"content":"x"[\s\S]*data: \[DONE\]\n\n$/)
    expect(stream.said).toEqual(['commit', 'end'])
  })

  test('garbage at any place is an error, never a good end', () => {
    fc.assert(
      fc.property(fc.nat(3), fc.uint8Array({ minLength: 1, maxLength: 30 }), (at, garbage) => {
        const { play, said } = create({ client: messages })
        const odd = Buffer.concat([
          Buffer.from(toSse(frames.slice(0, at))),
          Buffer.from('data: {'),
          garbage.map((byte) => (byte === 10 || byte === 13 ? 65 : byte)),
          Buffer.from('\n\n'),
        ])
        play(odd)
        expect(said.at(-1)).toBe('fail')
      }),
    )
  })
})
