import { expect, test } from 'vitest'
import type { Turn } from '../core/chat.ts'
import {
  adaptFor,
  assistantSays,
  contextWithout,
  requestOf,
  userSays,
} from '../testing/able-profile.ts'
import { sampleTarget } from '../testing/arbitrary-requests.ts'
import { turns } from './turns.ts'

const alternating = { turns: { mustAlternate: true } } as const
const noPrefill = { turns: { prefill: false } } as const

test('consecutive turns of one role become one, in order', () => {
  const request = requestOf([
    userSays('a'),
    userSays('b'),
    assistantSays('c'),
    assistantSays('d'),
    userSays('e'),
  ])
  const { request: adapted, losses } = adaptFor(turns, request, alternating)
  expect(adapted.turns).toEqual([userSays('a', 'b'), assistantSays('c', 'd'), userSays('e')])
  expect(losses).toEqual([])
  expect(turns.applies(request, contextWithout({}))).toBe(false)
})

test('what merged turns say differently about themselves is reported', () => {
  const named = (name: string): Turn => ({
    role: 'user',
    parts: [{ type: 'text', text: name }],
    name,
    extensions: { dialect: 'spoken', fields: { mood: name, kept: 1 } },
  })
  const request = requestOf([named('ann'), named('bob')])
  const { request: adapted, losses } = adaptFor(turns, request, alternating)
  expect(adapted.turns[0]).not.toHaveProperty('name')
  expect(adapted.turns[0]?.extensions?.fields).toEqual({ mood: 'ann', kept: 1 })
  expect(losses).toEqual(['dropped:mood', 'dropped:name'])
})

test('a history that begins with the assistant gets a first user turn', () => {
  const request = requestOf([assistantSays('Hello'), userSays('Hi')])
  const { request: adapted, losses } = adaptFor(turns, request, alternating)
  expect(adapted.turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
  expect(losses).toEqual(['emulated:messages'])
})

test('a last assistant turn is dropped where it is not continued', () => {
  const request = requestOf([userSays('Write JSON'), assistantSays('{')])
  const { request: adapted, losses } = adaptFor(turns, request, noPrefill)
  expect(adapted.turns).toEqual([userSays('Write JSON')])
  expect(losses).toEqual(['dropped:prefill'])
})

test('while a model thinks it continues nothing', () => {
  const request = requestOf([userSays('Hi'), assistantSays('Well')], { reasoning: { mode: 'on' } })
  expect(turns.applies(request, contextWithout({ reasoning: { isExclusive: true } }))).toBe(true)
  expect(turns.applies(request, contextWithout({}))).toBe(false)
})

test("a paused turn that ends in the target's own block is resumed, not dropped", () => {
  const paused: Turn = {
    role: 'assistant',
    parts: [{ type: 'opaque', dialect: sampleTarget.dialect, raw: { type: 'server_tool_use' } }],
  }
  expect(turns.applies(requestOf([userSays('Hi'), paused]), contextWithout(noPrefill))).toBe(false)
})

test('when nothing but a prefill was said the user says something', () => {
  const { request } = adaptFor(turns, requestOf([assistantSays('{')]), noPrefill)
  expect(request.turns.map(({ role }) => role)).toEqual(['user'])
})
