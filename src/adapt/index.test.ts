import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ChatRequest } from '../core/chat.ts'
import { arbitraryProfile, arbitraryRequest, toContext } from '../testing/arbitrary-requests.ts'
import { describeAdaptation, tryAdapt } from '../testing/describe-adaptation.ts'
import { adaptations } from './index.ts'

for (const adaptation of adaptations) describeAdaptation(adaptation)

test('every adaptation has a name of its own', () => {
  expect(new Set(adaptations.map(({ name }) => name)).size).toBe(adaptations.length)
})

test('after the whole list has run no member applies: none makes work for one before it', () => {
  fc.assert(
    fc.property(arbitraryRequest, arbitraryProfile, (given, profile) => {
      const context = toContext(profile)
      let request: ChatRequest | undefined = given
      for (const adaptation of adaptations) {
        if (!request) return
        if (adaptation.applies(request, context))
          request = tryAdapt(adaptation, request, context)?.request
      }
      if (!request) return
      const settled = request
      expect(
        adaptations.filter((one) => one.applies(settled, context)).map(({ name }) => name),
      ).toEqual([])
    }),
    { numRuns: 1000 },
  )
})
