import { expect, test } from 'vitest'
import type { Reasoning } from '../core/chat.ts'
import type { ProfilePatch } from '../core/profile.ts'
import { adaptFor, requestOf, userSays } from '../testing/able-profile.ts'
import { reasoningEffort } from './reasoning-effort.ts'

const settle = (reasoning: Reasoning, patch: ProfilePatch, maxOutputTokens?: number) => {
  const limits = maxOutputTokens === undefined ? {} : { limits: { maxOutputTokens } }
  const { request, losses } = adaptFor(
    reasoningEffort,
    requestOf([userSays('Go')], { reasoning, ...limits }),
    patch,
  )
  return { reasoning: request.reasoning, limit: request.limits?.maxOutputTokens, losses }
}

test.each([
  ['xhigh', ['low', 'medium', 'high'], 'high'],
  ['minimal', ['none', 'low', 'high'], 'low'],
  ['medium', ['low', 'high'], 'low'],
] as const)('effort %s among %j is %s', (effort, known, expected) => {
  const settled = settle({ mode: 'on', effort }, { reasoning: { ask: 'effort', efforts: known } })
  expect(settled.reasoning).toEqual({ mode: 'on', effort: expected })
  expect(settled.losses).toEqual(['changed:reasoning_effort'])
})

test('a model that cannot stop thinking thinks as little as it can', () => {
  const patch = { reasoning: { ask: 'effort', efforts: ['minimal', 'low'] } } as const
  expect(settle({ mode: 'off' }, patch)).toMatchObject({
    reasoning: { mode: 'on', effort: 'minimal' },
    losses: ['changed:reasoning_effort'],
  })
})

test('a model without reasoning is not asked for it; "off" is no loss', () => {
  expect(settle({ mode: 'on', effort: 'high' }, { reasoning: { ask: 'none' } })).toMatchObject({
    reasoning: undefined,
    losses: ['dropped:reasoning_effort'],
  })
  expect(settle({ mode: 'off' }, { reasoning: { ask: 'none' } }).losses).toEqual([])
})

test.each([
  [1500, 'low'],
  [6000, 'medium'],
  [20_000, 'high'],
  [60_000, 'xhigh'],
] as const)('a budget of %i tokens is the effort %s', (budgetTokens, effort) => {
  const settled = settle({ mode: 'on', budgetTokens }, { reasoning: { ask: 'adaptive' } })
  expect(settled.reasoning).toEqual({ mode: 'on', effort })
  expect(settled.losses).toEqual(['changed:budget_tokens'])
})

const budgeted: ProfilePatch = {
  reasoning: { ask: 'budget', efforts: [] },
  limits: { isMaxOutputRequired: true },
}

test('an effort becomes a budget with room for the answer beside it', () => {
  expect(settle({ mode: 'on', effort: 'high' }, budgeted)).toEqual({
    reasoning: { mode: 'on', budgetTokens: 16_384 },
    limit: 20_480,
    losses: ['emulated:reasoning_effort'],
  })
  expect(settle({ mode: 'on', effort: 'high' }, budgeted, 10_000)).toMatchObject({
    reasoning: { mode: 'on', budgetTokens: 8000 },
    limit: 10_000,
  })
})

test("the client's own budget fills its limit at most, and below the least there is no thinking", () => {
  expect(settle({ mode: 'on', budgetTokens: 5000 }, budgeted, 4000)).toMatchObject({
    reasoning: { mode: 'on', budgetTokens: 3999 },
    losses: ['changed:budget_tokens'],
  })
  expect(settle({ mode: 'on', effort: 'low' }, budgeted, 1000)).toMatchObject({
    reasoning: { mode: 'off' },
    losses: ['dropped:reasoning_effort'],
  })
})

test('a budget the target takes stays as it is', () => {
  const settled = settle({ mode: 'on', budgetTokens: 2000 }, budgeted, 8000)
  expect(settled).toEqual({
    reasoning: { mode: 'on', budgetTokens: 2000 },
    limit: 8000,
    losses: [],
  })
})
