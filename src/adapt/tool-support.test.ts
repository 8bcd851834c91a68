import { expect, test } from 'vitest'
import {
  adaptFor,
  assistantCalls,
  assistantSays,
  contextWithout,
  requestOf,
  userGives,
  userSays,
} from '../testing/able-profile.ts'
import { toolSupport } from './tool-support.ts'

const toolless = { tools: { isSupported: false } } as const
const tools = [{ type: 'function', name: 'f' }] as const

test('tools for a model that cannot call any are refused with the way out', () => {
  const request = requestOf([userSays('Go')], { tools })
  expect(() => adaptFor(toolSupport, request, toolless)).toThrow(/cannot call tools; leave "tools"/)
  expect(toolSupport.applies(request, contextWithout(toolless))).toBe(true)
})

test('tools that must not be called anyway are left out', () => {
  const request = requestOf([userSays('Go')], { tools, toolChoice: { mode: 'none' } })
  const { request: adapted } = adaptFor(toolSupport, request, toolless)
  expect(adapted).toEqual(requestOf([userSays('Go')]))
})

test('earlier calls and results are told as text', () => {
  const request = requestOf([assistantCalls(['c1', 'f']), userGives(['c1', '42'])])
  const { request: adapted, losses } = adaptFor(toolSupport, request, toolless)
  expect(adapted.turns).toEqual([
    assistantSays('[Called tool "f" with: {}]'),
    userSays('[Result of the tool:]', '42'),
  ])
  expect(losses).toEqual(['changed:tool_calls'])
})
