import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCollector } from '../core/collect.ts'
import type { ChatEvent } from '../core/events.ts'
import { replay } from '../core/replay.ts'
import { adaptFor, contextWithout, requestOf } from '../testing/able-profile.ts'
import { checkEvents } from '../testing/check-events.ts'
import { inPieces, pass } from '../testing/describe-adaptation.ts'
import { cutAtStop } from './cut-at-stop.ts'
import { stopSequences } from './stop-sequences.ts'

const asking = (...stop: readonly string[]) =>
  requestOf([], { limits: { stop, maxOutputTokens: 9 } })

test('stop texts beyond those the target takes are watched for here', () => {
  const { request, losses, events } = adaptFor(stopSequences, asking('a', 'b', 'c'), {
    limits: { stopSequences: 2 },
  })
  expect(request.limits).toEqual({ stop: ['a', 'b'], maxOutputTokens: 9 })
  expect(losses).toEqual(['emulated:stop'])
  expect(events).toBeDefined()
})

test('a target that takes none gets none', () => {
  const { request } = adaptFor(stopSequences, asking('a'), { limits: { stopSequences: 0 } })
  expect(request.limits).toEqual({ maxOutputTokens: 9 })
})

test('stop texts of white space are watched for where empty text is refused', () => {
  const { request, losses } = adaptFor(stopSequences, asking('\n\n', 'a'), {
    turns: { emptyText: false },
  })
  expect(request.limits?.stop).toEqual(['a'])
  expect(losses).toEqual(['emulated:stop'])
})

test('an empty stop text stops nothing: it goes without a word', () => {
  const { request, losses, events } = adaptFor(stopSequences, asking('', 'a'), {})
  expect(request.limits?.stop).toEqual(['a'])
  expect(losses).toEqual([])
  expect(events).toBeUndefined()
  expect(stopSequences.applies(asking('a'), contextWithout({}))).toBe(false)
})

/** What is seen of these answers, one for each choice, in pieces of `size`. */
function cut(texts: readonly string[], stops: readonly string[], size: number) {
  const answer: ChatEvent[] = []
  const choices = texts.map((text, index) => ({
    index,
    parts: [
      { type: 'text', text } as const,
      { type: 'tool-call', id: 'c', name: 'f', kind: 'function', arguments: '{}' } as const,
    ],
    finish: { reason: 'tool-calls' } as const,
  }))
  replay({ id: 'r', model: 'm', choices }, (event) => answer.push(event))
  const seen = pass(inPieces(answer, size), cutAtStop(stops))
  expect(checkEvents(seen)).toEqual([])
  const collector = createCollector()
  for (const event of seen) collector.push(event)
  return collector.response().choices
}

test.each([1, 2, 3, 50])('the answer ends before the stop text, in pieces of %i', (size) => {
  const [first, second] = cut(['one STOP two', 'no STO here'], ['STOP'], size)
  expect(first).toEqual({
    index: 0,
    parts: [{ type: 'text', text: 'one ' }],
    finish: { reason: 'stop-sequence', stopSequence: 'STOP' },
  })
  expect(second?.parts[0]).toEqual({ type: 'text', text: 'no STO here' })
  expect(second?.finish?.reason).toBe('tool-calls')
})

test.each([1, 2, 3])(
  'of overlapping stop texts the one complete first counts, in pieces of %i',
  (size) => {
    const seen = (text: string, ...stops: readonly string[]) => cut([text], stops, size)[0]
    expect(seen('x\na\n', '\na\n', 'a')).toMatchObject({
      parts: [{ type: 'text', text: 'x\n' }],
      finish: { stopSequence: 'a' },
    })
    expect(seen('xba', 'a', 'ba')).toMatchObject({
      parts: [{ type: 'text', text: 'x' }],
      finish: { stopSequence: 'ba' },
    })
  },
)

/** Where a model that reads its own words one by one would stop; the whole length when nowhere. */
function stopsAt(text: string, stops: readonly string[]): number {
  for (let end = 1; end <= text.length; end += 1) {
    const starts = stops
      .filter((stop) => text.slice(0, end).endsWith(stop))
      .map((stop) => end - stop.length)
    if (starts.length > 0) return Math.min(...starts)
  }
  return text.length
}

test('any split gives the text up to the stop text that is complete first', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 20 })
  const stops = fc.array(
    fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 4 }),
    { minLength: 1, maxLength: 3 },
  )
  fc.assert(
    fc.property(letters, stops, fc.integer({ min: 1, max: 21 }), (text, given, size) => {
      const isCut = given.some((stop) => text.includes(stop))
      const [choice] = cut([text], given, size)
      const seen = choice?.parts.find(({ type }) => type === 'text')
      expect(seen).toEqual({ type: 'text', text: text.slice(0, stopsAt(text, given)) })
      expect(choice?.finish?.reason).toBe(isCut ? 'stop-sequence' : 'tool-calls')
    }),
    { numRuns: 3000 },
  )
})
