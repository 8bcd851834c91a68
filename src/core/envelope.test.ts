import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isEnveloped, unwrapState, wrapState } from './envelope.ts'

const text = fc.string({ unit: 'binary' })

test('any state comes out of its envelope as it went in', () => {
  const state = fc.record(
    {
      origin: fc.record(
        { dialect: text, provider: text, model: text },
        { requiredKeys: ['dialect'] },
      ),
      signature: text,
      redacted: text,
      text,
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(state, (value) => {
      expect(unwrapState(wrapState(value))).toEqual(value)
    }),
  )
})

test('an envelope holds only characters a signature may have', () => {
  const wrapped = wrapState({ origin: { dialect: 'x', model: 'é😀' }, signature: '\ud800' })
  expect(wrapped).toMatch(/^dragoman\.[A-Za-z0-9_-]+$/)
})

test('damaged envelopes are recognised as such and give nothing', () => {
  expect(isEnveloped('dragoman.%%%')).toBe(true)
  expect(unwrapState('dragoman.%%%')).toBeUndefined()
  expect(unwrapState('dragoman.abcd')).toBeUndefined()
  expect(unwrapState('EqQBCgIYAhIM')).toBeUndefined()
})
