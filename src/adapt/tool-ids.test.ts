import { expect, test } from 'vitest'
import {
  adaptFor,
  assistantCalls,
  contextWithout,
  requestOf,
  userGives,
} from '../testing/able-profile.ts'
import { toolIds } from './tool-ids.ts'

const nine = { tools: { idPattern: '^[a-zA-Z0-9]{9}$', idLength: 9 } } as const
const short = { tools: { idPattern: '^[a-zA-Z0-9_-]+$', idLength: 40 } } as const
const idsIn = (turns: ReturnType<typeof requestOf>['turns']): readonly (string | undefined)[] =>
  turns.flatMap(({ parts }) => parts.map((part) => ('id' in part ? part.id : undefined)))

test('call and result get the same id, in this request and in the next', () => {
  const request = requestOf([
    assistantCalls(['toolu_01AbCdEf', 'f']),
    userGives(['toolu_01AbCdEf', '1']),
  ])
  const [call, result] = idsIn(adaptFor(toolIds, request, nine).request.turns)
  expect(call).toMatch(/^[a-zA-Z0-9]{9}$/)
  expect(result).toBe(call)
  const longer = requestOf([...request.turns, assistantCalls(['x', 'f'])])
  expect(idsIn(adaptFor(toolIds, longer, nine).request.turns)[0]).toBe(call)
})

test('ids that fit stay, and nothing is a loss', () => {
  const request = requestOf([assistantCalls(['abcdefgh1', 'f']), userGives(['abcdefgh1', '1'])])
  expect(toolIds.applies(request, contextWithout(nine))).toBe(false)
  expect(adaptFor(toolIds, requestOf([assistantCalls(['call.1', 'f'])]), short).losses).toEqual([])
})

test('ids that are too long or have other letters are mapped, different ones differently', () => {
  const long = `call_${'a'.repeat(60)}`
  const request = requestOf([
    assistantCalls([long, 'f'], [`${long}b`, 'f'], ['functions.f:0', 'f']),
  ])
  const ids = idsIn(adaptFor(toolIds, request, short).request.turns)
  expect(new Set(ids).size).toBe(3)
  for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,40}$/)
})

test('a profile with an expression that is none leaves ids alone', () => {
  const request = requestOf([assistantCalls(['a', 'f'])])
  expect(toolIds.applies(request, contextWithout({ tools: { idPattern: '(' } }))).toBe(false)
})
