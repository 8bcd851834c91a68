// The contract every adaptation must keep, for generated requests and targets: it leaves alone what it
// does not apply to, runs once, refuses only in words, tells what it lost and undoes itself.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Adaptation, AdaptationContext, Adapted } from '../core/adaptation.ts'
import type { AssistantPart, ChatRequest, Tool } from '../core/chat.ts'
import { GatewayError } from '../core/error.ts'
import type { ChatEvent, EventMap } from '../core/events.ts'
import { replay } from '../core/replay.ts'
import { arbitraryProfile, arbitraryRequest, toContext } from './arbitrary-requests.ts'
import { checkEvents } from './check-events.ts'
import { lostFacts } from './request-facts.ts'

/** Runs the contract as vitest tests; `runs` is the number of generated cases for each of them. */
export function describeAdaptation(adaptation: Adaptation, runs = 300): void {
  const holds = (
    check: (request: ChatRequest, context: AdaptationContext, seed: number) => void,
  ): void =>
    fc.assert(
      fc.property(arbitraryRequest, arbitraryProfile, fc.nat(), (request, profile, seed) =>
        check(request, toContext(profile), seed),
      ),
      { numRuns: runs },
    )

  describe(`the adaptation ${adaptation.name} keeps the contract`, () => {
    test('a request it does not apply to stays as it is, without a loss', () => {
      holds((request, context) => {
        if (adaptation.applies(request, context)) return
        const adapted = adaptation.request(request, context)
        expect(adapted.request).toEqual(request)
        expect(context.losses.list).toEqual([])
      })
    })

    test('applies() asks and changes nothing: no loss, no throw, the same answer again', () => {
      holds((request, context) => {
        const before = structuredClone(request)
        const first = adaptation.applies(request, context)
        expect(adaptation.applies(request, context)).toBe(first)
        expect(context.losses.list).toEqual([])
        expect(request).toEqual(before)
      })
    })

    test('an adapted request needs no second adaptation, and the given one is untouched', () => {
      holds((request, context) => {
        const before = structuredClone(request)
        const adapted = tryAdapt(adaptation, request, context)
        expect(request).toEqual(before)
        if (adapted) expect(adaptation.applies(adapted.request, context)).toBe(false)
      })
    })

    test('what the request no longer says is reported as a loss', () => {
      holds((request, context) => {
        const adapted = tryAdapt(adaptation, request, context)
        if (!adapted || context.losses.list.length > 0) return
        expect(lostFacts(request, adapted.request)).toEqual([])
      })
    })

    test('the answer keeps the grammar and calls only tools the client offered', () => {
      holds((request, context, seed) => {
        const adapted = tryAdapt(adaptation, request, context)
        if (!adapted?.events) return
        const events = pass(answerTo(adapted.request, seed), adapted.events())
        expect(checkEvents(events)).toEqual([])
        checkCalls(events, request)
      })
    })
  })
}

/** Undefined when the target refuses the request in words. */
export function tryAdapt(
  adaptation: Adaptation,
  request: ChatRequest,
  context: AdaptationContext,
): Adapted | undefined {
  try {
    return adaptation.request(request, context)
  } catch (thrown) {
    if (thrown instanceof GatewayError) return undefined
    throw thrown
  }
}

/** The events that come out of a map. */
export function pass(events: readonly ChatEvent[], map: EventMap): readonly ChatEvent[] {
  const seen: ChatEvent[] = []
  for (const event of events) map(event, (one) => seen.push(one))
  return seen
}

/** A whole answer's events with text and arguments in pieces of `size` characters. */
export function inPieces(events: readonly ChatEvent[], size: number): readonly ChatEvent[] {
  return events.flatMap((event): readonly ChatEvent[] => {
    if (event.type !== 'part-delta') return [event]
    const field = event.text === undefined ? 'arguments' : 'text'
    const whole = event[field]
    if (whole === undefined) return [event]
    const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, position) =>
      whole.slice(position * size, (position + 1) * size),
    )
    return pieces.map((piece) => ({ ...event, [field]: piece }))
  })
}

/** Two choices that speak and call every tool on offer. */
function answerTo({ tools = [] }: ChatRequest, seed: number): readonly ChatEvent[] {
  const calls = tools.filter(({ type }) => type !== 'opaque').map(toCall)
  const parts: readonly AssistantPart[] = [
    { type: 'reasoning', text: 'Well…' },
    { type: 'text', text: 'The answer is a STOP, an END or more.' },
    ...calls.slice(seed % (calls.length + 1)),
  ]
  const reason = parts.length > 2 ? 'tool-calls' : 'stop'
  const events: ChatEvent[] = []
  const choices = [0, 1].map((index) => ({ index, parts, finish: { reason } as const }))
  replay({ id: 'r', model: 'm-1', choices }, (event) => events.push(event))
  return inPieces(events, (seed % 5) + 1)
}

const toCall = ({ name, type }: Tool, position: number): AssistantPart => ({
  type: 'tool-call',
  id: `c${position}`,
  name,
  kind: type === 'custom' ? 'custom' : 'function',
  arguments: '{"input":"a \\"b\\" \\n \\ud83c\\udf89"}',
})

function checkCalls(events: readonly ChatEvent[], { tools = [] }: ChatRequest): void {
  for (const event of events) {
    if (event.type !== 'part-start' || event.part.type !== 'tool-call') continue
    const { name, kind } = event.part
    const tool = tools.find((one) => one.name === name)
    expect(tool, `the client offered no tool "${name}"`).toBeDefined()
    if (tool?.type === 'function') expect(kind).toBe('function')
  }
}
