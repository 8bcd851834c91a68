import { expect, test } from 'vitest'
import { adaptFor, requestOf } from '../testing/able-profile.ts'
import { toolErrors } from './tool-errors.ts'

const failing = (isError: boolean, ...texts: readonly string[]) =>
  requestOf([
    {
      role: 'user',
      parts: [
        {
          type: 'tool-result',
          id: 'c1',
          isError,
          content: texts.map((text) => ({ type: 'text', text })),
        },
      ],
    },
  ])
const textsOf = (request: ReturnType<typeof requestOf>) =>
  request.turns.flatMap(({ parts }) =>
    parts.map((part) => (part.type === 'tool-result' ? part.content : [])),
  )
const flagless = { parts: { toolResultErrors: false } } as const

test('a failed tool says so in its text', () => {
  const { request, losses } = adaptFor(toolErrors, failing(true, 'no such file'), flagless)
  expect(textsOf(request)).toEqual([[{ type: 'text', text: 'Error: no such file' }]])
  expect(losses).toEqual(['emulated:is_error'])
})

test('a failed tool without a word gets one', () => {
  const { request } = adaptFor(toolErrors, failing(true), flagless)
  expect(textsOf(request)).toEqual([[{ type: 'text', text: 'Error:' }]])
})

test('a tool that did not fail loses a flag nobody misses', () => {
  const { request, losses } = adaptFor(toolErrors, failing(false, 'ok'), flagless)
  expect(textsOf(request)).toEqual([[{ type: 'text', text: 'ok' }]])
  expect(losses).toEqual([])
})
