import { expect, test } from 'vitest'
import type { ChatRequest, Tool, ToolChoice } from '../core/chat.ts'
import { adaptFor, assistantSays, requestOf, userSays } from '../testing/able-profile.ts'
import { sampleTarget } from '../testing/arbitrary-requests.ts'
import { foreignBlocks } from './foreign-blocks.ts'

const builtIn = (dialect: string): Tool => ({
  type: 'opaque',
  dialect,
  name: 'web_search',
  raw: { type: 'web_search_1' },
})
const own: Tool = { type: 'function', name: 'f' }
const offer = (tools: readonly Tool[], toolChoice: ToolChoice): ChatRequest =>
  requestOf([userSays('Go')], { tools, toolChoice })

test('blocks of another dialect are left out by name, those of the target stay', () => {
  const block = (dialect: string) =>
    ({ type: 'opaque', dialect, raw: { type: 'server_tool_use' } }) as const
  const request = requestOf([
    { role: 'assistant', parts: [block('other'), { type: 'text', text: 'Hi' }] },
    { role: 'user', parts: [{ type: 'tool-result', id: 'c', content: [block('other')] }] },
    { role: 'user', parts: [block('other')] },
    { role: 'user', parts: [block(sampleTarget.dialect)] },
  ])
  const { request: adapted, losses } = adaptFor(foreignBlocks, request, {})
  expect(adapted.turns).toEqual([
    assistantSays('Hi'),
    { role: 'user', parts: [{ type: 'tool-result', id: 'c', content: [] }] },
    { role: 'user', parts: [block(sampleTarget.dialect)] },
  ])
  expect(losses).toEqual(['dropped:server_tool_use'])
})

test('a built-in tool of another dialect goes when there are others', () => {
  const request = offer([builtIn('other'), own], { mode: 'required' })
  const { request: adapted, losses } = adaptFor(foreignBlocks, request, {})
  expect(adapted.tools).toEqual([own])
  expect(adapted.toolChoice).toEqual({ mode: 'required' })
  expect(losses).toEqual(['dropped:tools.web_search'])
})

test.each([
  ['by name', offer([builtIn('other'), own], { mode: 'one', name: 'web_search' })],
  ['as the only one', offer([builtIn('other')], { mode: 'required' })],
])('a built-in tool that must be called %s is refused', (_how, request) => {
  expect(() => adaptFor(foreignBlocks, request, {})).toThrow(/built-in tool "web_search"/)
})

test('when no tool is left there is no choice either', () => {
  const { request } = adaptFor(foreignBlocks, offer([builtIn('other')], { mode: 'auto' }), {})
  expect(request).toEqual(requestOf([userSays('Go')]))
})
