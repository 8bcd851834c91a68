import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Turn } from '../core/chat.ts'
import {
  adaptFor,
  assistantCalls,
  assistantSays,
  contextWithout,
  requestOf,
  userGives,
  userSays,
} from '../testing/able-profile.ts'
import { arbitraryProfile, arbitraryRequest, toContext } from '../testing/arbitrary-requests.ts'
import { callsOf, resultsOf, toSegments } from './segments.ts'
import { toolResults } from './tool-results.ts'

const settle = (...turns: readonly Turn[]) => {
  const { request, losses } = adaptFor(toolResults, requestOf(turns), {})
  return { turns: request.turns, losses }
}
const stub = (id: string, name: string): Turn => ({
  role: 'user',
  parts: [
    {
      type: 'tool-result',
      id,
      name,
      content: [{ type: 'text', text: 'No result was returned for this tool call.' }],
    },
  ],
})

test('one message for each result, in any order, is as it should be', () => {
  const request = requestOf([
    userSays('Go'),
    assistantCalls(['a', 'f'], ['b', 'g']),
    userGives(['b', '2']),
    userGives(['a', '1']),
    userSays('And?'),
  ])
  expect(toolResults.applies(request, contextWithout({}))).toBe(false)
})

test('where turns must alternate, results stand in the order of their calls', () => {
  const request = requestOf([
    userSays('Go'),
    assistantCalls(['a', 'f'], ['b', 'g']),
    userGives(['b', '2'], ['a', '1']),
  ])
  const { request: adapted } = adaptFor(toolResults, request, { turns: { mustAlternate: true } })
  expect(adapted.turns[2]).toEqual(userGives(['a', '1'], ['b', '2']))
})

test('text between results moves behind them', () => {
  const { turns, losses } = settle(
    assistantCalls(['a', 'f'], ['b', 'g']),
    userGives(['a', '1']),
    userSays('Hm'),
    userGives(['b', '2']),
  )
  expect(turns.slice(1)).toEqual([userGives(['a', '1'], ['b', '2']), userSays('Hm')])
  expect(losses).toEqual([])
})

test('results come right after their calls, before instructions', () => {
  const instruction: Turn = { role: 'system', parts: [{ type: 'text', text: 'Be brief' }] }
  const { turns } = settle(assistantCalls(['a', 'f']), instruction, userGives(['a', '1']))
  expect(turns.slice(1)).toEqual([userGives(['a', '1']), instruction])
})

test('calls spread over several assistant messages become one message', () => {
  const { turns } = settle(
    assistantCalls(['a', 'f']),
    assistantCalls(['b', 'g']),
    userGives(['a', '1']),
    userGives(['b', '2']),
  )
  expect(turns[0]).toEqual(assistantCalls(['a', 'f'], ['b', 'g']))
})

test('a call without a result gets one that says so, at the end too', () => {
  expect(settle(assistantCalls(['a', 'f']))).toEqual({
    turns: [assistantCalls(['a', 'f']), stub('a', 'f')],
    losses: ['changed:tool_result'],
  })
})

test('a result without a call, and a second one for the same call, are dropped', () => {
  const { turns, losses } = settle(
    userGives(['x', 'lost']),
    assistantCalls(['a', 'f']),
    userGives(['a', '1'], ['a', 'again']),
  )
  expect(turns).toEqual([assistantCalls(['a', 'f']), userGives(['a', '1'])])
  expect(losses).toEqual(['dropped:tool_result'])
})

test('a result that came after another answer is moved to its call', () => {
  const { turns, losses } = settle(
    assistantCalls(['a', 'f']),
    userSays('Wait'),
    assistantSays('Waiting'),
    userGives(['a', '1']),
  )
  expect(turns[1]?.parts[0]).toMatchObject({ type: 'tool-result', id: 'a' })
  expect(losses).toEqual(['changed:messages'])
})

test('calls with the same id get ids by position, and their results with them', () => {
  const { turns, losses } = settle(
    assistantCalls(['x', 'f']),
    userGives(['x', '1']),
    assistantCalls(['x', 'f'], ['x', 'g']),
    userGives(['x', '2'], ['x', '3']),
  )
  expect(turns).toEqual([
    assistantCalls(['x', 'f']),
    userGives(['x', '1']),
    assistantCalls(['call_1', 'f'], ['call_2', 'g']),
    userGives(['call_1', '2'], ['call_2', '3']),
  ])
  expect(losses).toEqual([])
})

test('where ids are empty the order pairs them', () => {
  const { turns } = settle(assistantCalls(['', 'f'], ['b', 'g']), userGives(['b', '2'], ['', '1']))
  expect(turns[1]).toEqual(userGives(['call_0', '1'], ['b', '2']))
})

test('a result whose id was lost on the way belongs to the call without one', () => {
  const { turns, losses } = settle(assistantCalls(['a', 'f']), userGives(['', '1']))
  expect(turns[1]).toEqual(userGives(['a', '1']))
  expect(losses).toEqual([])
})

test('whatever comes in, every call has exactly one result, next to it and of its id', () => {
  fc.assert(
    fc.property(arbitraryRequest, arbitraryProfile, (request, profile) => {
      const { turns } = toolResults.request(request, toContext(profile)).request
      const all: string[] = []
      for (const segment of toSegments(turns)) {
        const calls = callsOf(segment).map(({ id }) => id)
        const results = resultsOf(segment).map(({ id }) => id)
        expect(results.toSorted()).toEqual(calls.toSorted())
        const first = segment.told[0]?.parts.slice(0, calls.length) ?? []
        if (calls.length > 0 && segment.told.length === 1)
          expect(first.every(({ type }) => type === 'tool-result')).toBe(true)
        all.push(...calls)
      }
      expect(new Set(all).size).toBe(all.length)
      expect(all).not.toContain('')
    }),
    { numRuns: 1000 },
  )
})

test('a very long history is settled in no time worth speaking of', () => {
  const count = 20_000
  const ids = Array.from({ length: count }, (_, position) => `c${position}`)
  const turns = [
    assistantCalls(...ids.map((id) => [id, 'f'] as const)),
    ...ids.toReversed().map((id) => userGives([id, 'ok'])),
    userGives(...ids.map((id) => [id, 'again'] as const)),
  ]
  expect(settle(...turns).turns).toHaveLength(2)
})
