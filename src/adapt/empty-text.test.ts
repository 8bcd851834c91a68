import { expect, test } from 'vitest'
import {
  adaptFor,
  assistantSays,
  contextWithout,
  requestOf,
  userGives,
  userSays,
} from '../testing/able-profile.ts'
import { emptyText } from './empty-text.ts'

const refusing = { turns: { emptyText: false } } as const

test('blank texts are left out wherever they stand', () => {
  const request = requestOf([userSays('Hi', ' \n'), assistantSays('', 'Yes')], {
    system: [{ type: 'text', text: '' }],
  })
  const { request: adapted, losses } = adaptFor(emptyText, request, refusing)
  expect(adapted.system).toEqual([])
  expect(adapted.turns).toEqual([userSays('Hi'), assistantSays('Yes')])
  expect(losses).toEqual([])
  expect(emptyText.applies(request, contextWithout({}))).toBe(false)
})

test('a user turn and a tool result with nothing left say that they are empty', () => {
  const { request, losses } = adaptFor(
    emptyText,
    requestOf([userSays(''), userGives(['c1', ' '])]),
    refusing,
  )
  expect(request.turns).toEqual([userSays('(empty)'), userGives(['c1', '(empty)'])])
  expect(losses).toEqual(['emulated:empty_text'])
})

test('an empty assistant turn disappears: it would teach the model to say "(empty)"', () => {
  const { request } = adaptFor(
    emptyText,
    requestOf([userSays('Hi'), assistantSays(''), userSays('Hello?')]),
    refusing,
  )
  expect(request.turns).toEqual([userSays('Hi'), userSays('Hello?')])
})

test('a text to be continued does not end in white space', () => {
  const { request } = adaptFor(
    emptyText,
    requestOf([userSays('Hi'), assistantSays('Answer: ')]),
    refusing,
  )
  expect(request.turns[1]).toEqual(assistantSays('Answer:'))
})

test('thought with a signature and no text is not empty', () => {
  const request = requestOf([
    userSays('Hi'),
    { role: 'assistant', parts: [{ type: 'reasoning', text: '', signature: 'c2ln' }] },
  ])
  expect(emptyText.applies(request, contextWithout(refusing))).toBe(false)
})
