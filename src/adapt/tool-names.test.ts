import { expect, test } from 'vitest'
import type { Tool } from '../core/chat.ts'
import type { ChatEvent } from '../core/events.ts'
import { adaptFor, assistantCalls, contextWithout, requestOf } from '../testing/able-profile.ts'
import { pass } from '../testing/describe-adaptation.ts'
import { toolNames } from './tool-names.ts'

const strict = { tools: { namePattern: '^[a-zA-Z0-9_-]{1,64}$', nameLength: 64 } } as const
const offer = (...names: readonly string[]): readonly Tool[] =>
  names.map((name) => ({ type: 'function', name }))

test('tools, choice and history get the same new name, and the answer the old one', () => {
  const request = requestOf([assistantCalls(['c1', 'mcp.fs/read'])], {
    tools: offer('mcp.fs/read', 'plain'),
    toolChoice: { mode: 'one', name: 'mcp.fs/read' },
  })
  const { request: adapted, events } = adaptFor(toolNames, request, strict)
  expect(adapted.tools?.map(({ name }) => name)).toEqual(['mcp_fs_read', 'plain'])
  expect(adapted.toolChoice).toEqual({ mode: 'one', name: 'mcp_fs_read' })
  expect(adapted.turns[0]?.parts[0]).toMatchObject({ name: 'mcp_fs_read' })
  const start = (name: string): ChatEvent => ({
    type: 'part-start',
    index: 0,
    choice: 0,
    part: { type: 'tool-call', id: 'c2', name, kind: 'function' },
  })
  if (!events) throw new Error('The answer is not mapped back')
  expect(pass([start('mcp_fs_read'), start('plain')], events())).toEqual([
    start('mcp.fs/read'),
    start('plain'),
  ])
})

test('names that would become the same stay different', () => {
  const request = requestOf([], { tools: offer('a.b', 'a_b', 'a/b') })
  const names = adaptFor(toolNames, request, strict).request.tools?.map(({ name }) => name)
  expect(names?.[1]).toBe('a_b')
  expect(new Set(names).size).toBe(3)
  for (const name of names ?? []) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
})

test('a name that is cut ends in a hash, so that two long ones stay different', () => {
  const long = 'n'.repeat(70)
  const request = requestOf([], { tools: offer(`${long}1`, `${long}2`) })
  const names = adaptFor(toolNames, request, strict).request.tools?.map(({ name }) => name)
  expect(new Set(names).size).toBe(2)
  for (const name of names ?? []) expect(name).toHaveLength(64)
})

test('a name without a usable letter gets one made for it', () => {
  const request = requestOf([], { tools: offer('工具', '检索') })
  const names = adaptFor(toolNames, request, strict).request.tools?.map(({ name }) => name)
  expect(new Set(names).size).toBe(2)
  for (const name of names ?? []) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
})

test("a dialect's own tools keep their names", () => {
  const tool: Tool = { type: 'opaque', dialect: 'spoken', name: 'web.search', raw: {} }
  expect(toolNames.applies(requestOf([], { tools: [tool] }), contextWithout(strict))).toBe(false)
})
