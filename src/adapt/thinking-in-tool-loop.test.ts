import { expect, test } from 'vitest'
import type { Turn } from '../core/chat.ts'
import {
  adaptFor,
  assistantCalls,
  contextWithout,
  requestOf,
  userGives,
  userSays,
} from '../testing/able-profile.ts'
import { thinkingInToolLoop } from './thinking-in-tool-loop.ts'

const budgeted = { reasoning: { history: 'signed', ask: 'budget' } } as const
const reasoning = { mode: 'on', budgetTokens: 2000 } as const
const thinks: Turn = {
  role: 'assistant',
  parts: [
    { type: 'reasoning', text: '', signature: 'c2ln' },
    ...(assistantCalls(['c1', 'f']).parts as []),
  ],
}

test('thinking is off while a tool loop runs that did not begin with signed thought', () => {
  const request = requestOf(
    [userSays('Go'), assistantCalls(['c1', 'f']), userGives(['c1', 'ok'])],
    {
      reasoning,
    },
  )
  const { request: adapted, losses } = adaptFor(thinkingInToolLoop, request, budgeted)
  expect(adapted.reasoning).toEqual({ mode: 'off' })
  expect(losses).toEqual(['dropped:thinking'])
})

test.each([
  [
    'the loop began with thought, later steps without',
    [thinks, userGives(['c1', 'ok']), assistantCalls(['c2', 'f']), userGives(['c2', 'ok'])],
  ],
  [
    'the user spoke after the loop was over',
    [
      assistantCalls(['c1', 'f']),
      userGives(['c1', 'ok']),
      { role: 'assistant', parts: [{ type: 'text', text: 'Done' }] },
      userSays('More'),
    ],
  ],
  ['there was no loop', []],
] as readonly (readonly [string, readonly Turn[]])[])(
  'thinking stays on when %s',
  (_why, turns) => {
    const request = requestOf([userSays('Go'), ...turns], { reasoning })
    expect(thinkingInToolLoop.applies(request, contextWithout(budgeted))).toBe(false)
  },
)

test('a model that decides by itself asks for no earlier thought', () => {
  const request = requestOf(
    [userSays('Go'), assistantCalls(['c1', 'f']), userGives(['c1', 'ok'])],
    {
      reasoning: { mode: 'adaptive' },
    },
  )
  const adaptive = contextWithout({ reasoning: { history: 'signed', ask: 'adaptive' } })
  expect(thinkingInToolLoop.applies(request, adaptive)).toBe(false)
})
