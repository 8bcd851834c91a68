import { expect, test } from 'vitest'
import type { ReasoningPart, Turn } from '../core/chat.ts'
import { adaptFor, contextWithout, requestOf, userSays } from '../testing/able-profile.ts'
import { sampleTarget } from '../testing/arbitrary-requests.ts'
import { reasoningState } from './reasoning-state.ts'

const signedHere: ReasoningPart = {
  type: 'reasoning',
  text: 'Hm',
  signature: 'c2ln',
  origin: sampleTarget,
}
const foreign = { ...signedHere, origin: { dialect: 'other', provider: 'there', model: 'm-1' } }
const { origin: _origin, ...withoutOrigin } = signedHere

const thinks = (...parts: readonly ReasoningPart[]): Turn => ({
  role: 'assistant',
  parts: [...parts, { type: 'text', text: 'Yes' }],
})
const says: Turn = { role: 'assistant', parts: [{ type: 'text', text: 'Yes' }] }
const talk = (...turns: readonly Turn[]) => requestOf([userSays('Go'), ...turns, userSays('On')])
const signing = { reasoning: { history: 'signed' } } as const

test('thought signed by this very target goes back unchanged, text or not', () => {
  const request = talk(thinks(signedHere, { ...signedHere, text: '' }))
  expect(reasoningState.applies(request, contextWithout(signing))).toBe(false)
})

test('signed thought without an origin is native where thought is signed', () => {
  expect(reasoningState.applies(talk(thinks(withoutOrigin)), contextWithout(signing))).toBe(false)
})

test.each([
  ['dialect', { ...sampleTarget, dialect: 'other' }],
  ['provider', { ...sampleTarget, provider: 'there' }],
  ['model', { ...sampleTarget, model: 'm-2' }],
])('thought from another %s takes all signed thought with it', (_what, origin) => {
  const request = talk(thinks(signedHere), thinks({ ...signedHere, origin }))
  const { request: adapted, losses } = adaptFor(reasoningState, request, signing)
  expect(adapted.turns.slice(1, 3)).toEqual([says, says])
  expect(losses).toEqual(['dropped:reasoning'])
})

test('an origin that names the dialect only fits every place of that dialect', () => {
  const request = talk(thinks({ ...signedHere, origin: { dialect: sampleTarget.dialect } }))
  expect(reasoningState.applies(request, contextWithout(signing))).toBe(false)
})

test('unsigned thought never reaches a target that signs', () => {
  const { request, losses } = adaptFor(
    reasoningState,
    talk(thinks({ type: 'reasoning', text: 'Hm' })),
    signing,
  )
  expect(request.turns[1]).toEqual(says)
  expect(losses).toEqual(['dropped:reasoning'])
})

test('where thought goes back as text, a stranger keeps its text and loses its signature', () => {
  const request = talk(thinks(foreign, { ...foreign, text: '', redacted: 'cmVk' }))
  const { request: adapted, losses } = adaptFor(reasoningState, request, {
    reasoning: { history: 'text' },
  })
  expect(adapted.turns[1]).toEqual(thinks({ type: 'reasoning', text: 'Hm' }))
  expect(losses).toEqual(['dropped:reasoning'])
})

test('a turn that was nothing but thought disappears where none is taken', () => {
  const request = talk({ role: 'assistant', parts: [signedHere] })
  const { request: adapted } = adaptFor(reasoningState, request, {
    reasoning: { history: 'never' },
  })
  expect(adapted.turns).toEqual([userSays('Go'), userSays('On')])
})
