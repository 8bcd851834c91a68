// The oracles against the hand-written expectations: two independent readings of our own fixtures.

import { describe, expect, test } from 'vitest'
import { toExpectation } from './support/answer.ts'
import { ownFixtures } from './support/fixtures.ts'
import { type ClientDialect, compareAnswers, readFixture } from './support/oracle.ts'

describe('an official client reads a fixture as its expectation says', () => {
  for (const fixture of ownFixtures) {
    test(fixture.id, async () => {
      const read = await readFixture(fixture)
      const expected = toExpectation(fixture.expected)
      const journey = {
        from: fixture.dialect,
        to: fixture.dialect as ClientDialect,
        isClientStream: fixture.isStream,
        isPassThrough: true,
      }
      if (expected.failure) expect(read.failure).toBeDefined()
      else expect(compareAnswers(expected, read, journey)).toEqual([])
    })
  }
})

describe('compareAnswers() is not blind', () => {
  const answer = toExpectation({
    choices: [
      {
        text: 'a',
        reasoning: 'b',
        refusal: 'c',
        toolCalls: [{ name: 'd', arguments: { e: 1 } }],
        finish: 'tool-calls',
        rawFinish: 'tool_calls',
        logprobTokens: ['f'],
      },
    ],
    usage: { input: 3, output: 4 },
    opaque: ['g'],
  })
  const journey = { from: 'openai-chat', to: 'openai-chat', isClientStream: true } as const
  const [choice] = answer.choices
  const withChoice = (fields: object) => ({ ...answer, choices: [{ ...choice, ...fields }] })
  const fieldsOf = (changed: unknown): readonly string[] =>
    compareAnswers(answer, changed as typeof answer, journey).map(({ field }) => field)

  test('the same answer has no differences', () => {
    expect(fieldsOf(answer)).toEqual([])
  })

  test.each([
    ['text', withChoice({ text: '' })],
    ['reasoning', withChoice({ reasoning: '' })],
    ['refusal', withChoice({ refusal: '' })],
    ['toolCalls', withChoice({ toolCalls: [{ name: 'd', arguments: {} }] })],
    ['finish', withChoice({ rawFinish: 'stop' })],
    ['logprobTokens', withChoice({ logprobTokens: [] })],
    ['usage', { ...answer, usage: { ...answer.usage, output: 5 } }],
    ['opaque', { ...answer, opaque: [] }],
    ['choices', { ...answer, choices: [choice, choice] }],
    ['failure', { ...answer, failure: { when: 'during', meaning: 'failed' } }],
  ])('a change of %s is found', (field, changed) => {
    expect(fieldsOf(changed)).toEqual([field])
  })

  test('a good end where a failure was due is found', () => {
    const failed = { ...answer, failure: { when: 'during', meaning: 'failed' } } as const
    expect(compareAnswers(failed, answer, journey)).not.toEqual([])
  })
})
