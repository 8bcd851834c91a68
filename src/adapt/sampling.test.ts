import { expect, test } from 'vitest'
import type { Sampling } from '../core/chat.ts'
import type { ProfilePatch } from '../core/profile.ts'
import { adaptFor, contextWithout, requestOf } from '../testing/able-profile.ts'
import { sampling } from './sampling.ts'

const settle = (given: Sampling, patch: ProfilePatch) => {
  const { request, losses } = adaptFor(sampling, requestOf([], { sampling: given }), patch)
  return { sampling: request.sampling, losses }
}

test('a temperature above the greatest becomes the greatest', () => {
  expect(settle({ temperature: 1.4 }, { sampling: { maxTemperature: 1 } })).toEqual({
    sampling: { temperature: 1 },
    losses: ['changed:temperature'],
  })
})

test('refused fields go, each told in the spelling of clients', () => {
  const given = { topK: 40, seed: 7, logitBias: { '1': 2 }, topP: 0.9 }
  const patch: ProfilePatch = { sampling: { refused: ['topK', 'seed', 'logitBias', 'minP'] } }
  expect(settle(given, patch)).toEqual({
    sampling: { topP: 0.9 },
    losses: ['dropped:top_k', 'dropped:seed', 'dropped:logit_bias'],
  })
})

test('values that change nothing go without a word', () => {
  const given = {
    frequencyPenalty: 0,
    repeatPenalty: 1,
    logprobs: false,
    logitBias: {},
    choices: 1,
  }
  const refused = ['frequencyPenalty', 'repeatPenalty', 'logprobs', 'logitBias', 'choices'] as const
  expect(settle(given, { sampling: { refused } })).toEqual({ sampling: undefined, losses: [] })
})

test('several answers from a target that gives one are refused, not cut to one', () => {
  const patch: ProfilePatch = { sampling: { refused: ['choices'] } }
  expect(() => settle({ choices: 3 }, patch)).toThrow(/one answer, not 3/)
  const request = requestOf([], { sampling: { choices: 3 } })
  expect(sampling.applies(request, contextWithout(patch))).toBe(true)
})

test('while a model thinks exclusively only sampling that changes nothing is left', () => {
  const patch: ProfilePatch = { reasoning: { isExclusive: true } }
  const request = (given: Sampling) => requestOf([], { sampling: given, reasoning: { mode: 'on' } })
  expect(
    adaptFor(sampling, request({ temperature: 0.2, topK: 4, topP: 0.5 }), patch),
  ).toMatchObject({
    losses: ['dropped:temperature', 'dropped:top_p', 'dropped:top_k'],
  })
  expect(sampling.applies(request({ temperature: 1, topP: 0.97 }), contextWithout(patch))).toBe(
    false,
  )
})
