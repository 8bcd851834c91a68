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
import { systemPlacement } from './system-placement.ts'

const instructs = (text: string): Turn => ({ role: 'system', parts: [{ type: 'text', text }] })
const note = (text: string) => ({ type: 'text', text: `<system-note>\n${text}\n</system-note>` })
const leading = { system: { placement: 'leading' } } as const

test('an instruction after a user turn stands at its end', () => {
  const request = requestOf([userSays('Hi'), instructs('Be brief'), assistantSays('Yes')])
  const { request: adapted, losses } = adaptFor(systemPlacement, request, leading)
  expect(adapted.turns[0]?.parts).toEqual([{ type: 'text', text: 'Hi' }, note('Be brief')])
  expect(adapted.turns).toHaveLength(2)
  expect(losses).toEqual(['changed:system'])
})

test('an instruction before tool results stands after them', () => {
  const request = requestOf([
    userSays('Hi'),
    assistantCalls(['c1', 'f']),
    instructs('Be brief'),
    userGives(['c1', 'ok']),
  ])
  const { request: adapted } = adaptFor(systemPlacement, request, leading)
  expect(adapted.turns[2]?.parts.map(({ type }) => type)).toEqual(['tool-result', 'text'])
  expect(adapted.turns[2]?.parts[1]).toEqual(note('Be brief'))
})

test('an instruction between assistant turns becomes a user turn of its own', () => {
  const request = requestOf([
    assistantSays('A'),
    instructs('X'),
    instructs('Y'),
    assistantSays('B'),
  ])
  const { request: adapted } = adaptFor(systemPlacement, request, leading)
  expect(adapted.turns.map(({ role }) => role)).toEqual(['assistant', 'user', 'assistant'])
  expect(adapted.turns[1]?.parts).toEqual([note('X'), note('Y')])
})

test('instructions before the first turn join the leading ones without a loss', () => {
  const request = requestOf([instructs('X'), userSays('Hi')], {
    system: [{ type: 'text', text: 'W' }],
  })
  const { request: adapted, losses } = adaptFor(systemPlacement, request, leading)
  expect(adapted.system.map(({ text }) => text)).toEqual(['W', 'X'])
  expect(losses).toEqual([])
})

test('where one instruction is taken, all become one with blank lines between', () => {
  const request = requestOf([userSays('Hi')], {
    system: [
      { type: 'text', text: 'A' },
      { type: 'text', text: ' ' },
      { type: 'text', text: 'B', cache: { ttl: '1h' } },
    ],
  })
  const { request: adapted, losses } = adaptFor(systemPlacement, request, {
    system: { placement: 'single' },
  })
  expect(adapted.system).toEqual([{ type: 'text', text: 'A\n\nB', cache: { ttl: '1h' } }])
  expect(losses).toEqual([])
})

test('a cache mark inside joined instructions is lost, and said to be', () => {
  const request = requestOf([userSays('Hi')], {
    system: [
      { type: 'text', text: 'A', cache: {} },
      { type: 'text', text: 'B' },
    ],
  })
  const { losses } = adaptFor(systemPlacement, request, { system: { placement: 'single' } })
  expect(losses).toEqual(['dropped:cache_control'])
})

test('a developer speaks as the system where the newer word is unknown, without a loss', () => {
  const request = requestOf(
    [userSays('Hi'), { role: 'system', parts: [{ type: 'text', text: 'B', role: 'developer' }] }],
    { system: [{ type: 'text', text: 'A', role: 'developer' }] },
  )
  const { request: adapted, losses } = adaptFor(systemPlacement, request, {
    system: { developer: false },
  })
  expect(adapted.system[0]?.role).toBe('system')
  expect(adapted.turns[1]?.parts[0]).toMatchObject({ role: 'system' })
  expect(losses).toEqual([])
  expect(systemPlacement.applies(request, contextWithout({}))).toBe(false)
})
