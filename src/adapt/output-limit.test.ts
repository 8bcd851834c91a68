import { expect, test } from 'vitest'
import { adaptFor, contextWithout, requestOf } from '../testing/able-profile.ts'
import { outputLimit } from './output-limit.ts'

const patch = { limits: { maxOutputTokens: 8192 } } as const
const asking = (maxOutputTokens: number) =>
  requestOf([], { limits: { maxOutputTokens, stop: ['END'] } })

test('a limit above what the model can write becomes what it can write', () => {
  const { request, losses } = adaptFor(outputLimit, asking(32_000), patch)
  expect(request.limits).toEqual({ maxOutputTokens: 8192, stop: ['END'] })
  expect(losses).toEqual(['changed:max_tokens'])
})

test('a limit the model can keep stays, and so does none', () => {
  expect(outputLimit.applies(asking(8192), contextWithout(patch))).toBe(false)
  expect(outputLimit.applies(requestOf([]), contextWithout(patch))).toBe(false)
  expect(outputLimit.applies(asking(32_000), contextWithout({}))).toBe(false)
})
