import { expect, test } from 'vitest'
import type { ChatRequest, Tool, ToolChoice } from '../core/chat.ts'
import type { Profile, ProfilePatch } from '../core/profile.ts'
import {
  adaptFor,
  assistantCalls,
  contextWithout,
  requestOf,
  userGives,
  userSays,
} from '../testing/able-profile.ts'
import { toolChoice } from './tool-choice.ts'

const tools: readonly Tool[] = ['a', 'b', 'c'].map((name) => ({ type: 'function', name }))
const knowing = (...choice: Profile['tools']['choice']): ProfilePatch => ({ tools: { choice } })

const settle = (choice: ToolChoice, patch: ProfilePatch, more: Partial<ChatRequest> = {}) => {
  const { request, losses } = adaptFor(
    toolChoice,
    requestOf([userSays('Go')], { tools, toolChoice: choice, ...more }),
    patch,
  )
  return {
    offered: request.tools?.map(({ name }) => name),
    choice: request.toolChoice,
    told: request.system.map(({ text }) => text),
    losses,
  }
}
const emulated = ['emulated:tool_choice']

test('allowed tools are the only ones offered where there is no such choice', () => {
  const allowed = { mode: 'allowed', names: ['a', 'c'], isRequired: true } as const
  expect(settle(allowed, knowing('auto', 'required'))).toEqual({
    offered: ['a', 'c'],
    choice: { mode: 'required' },
    told: [],
    losses: emulated,
  })
})

test('one tool is the only one offered where it cannot be named', () => {
  expect(settle({ mode: 'one', name: 'b' }, knowing('auto', 'required'))).toMatchObject({
    offered: ['b'],
    choice: { mode: 'required' },
  })
  const told = settle({ mode: 'one', name: 'b' }, knowing())
  expect(told).toMatchObject({ offered: ['b'], choice: undefined, losses: emulated })
  expect(told.told[0]).toContain('"b"')
})

test('a call that must come is asked for where it cannot be forced', () => {
  const settled = settle({ mode: 'required' }, knowing('auto'))
  expect(settled).toMatchObject({ offered: ['a', 'b', 'c'], choice: { mode: 'auto' } })
  expect(settled.told).toHaveLength(1)
})

test('"none" leaves the tools out, unless the history holds calls of them', () => {
  expect(settle({ mode: 'none' }, knowing('auto'))).toEqual({
    offered: undefined,
    choice: undefined,
    told: [],
    losses: emulated,
  })
  const request = requestOf([userSays('Go'), assistantCalls(['1', 'a']), userGives(['1', 'x'])], {
    tools,
    toolChoice: { mode: 'none' },
  })
  const { request: adapted } = adaptFor(toolChoice, request, knowing('auto'))
  expect(adapted.tools).toEqual(tools)
  expect(adapted.system[0]?.text).toContain('not call any tool')
})

test('"auto" is what happens anyway: leaving it out is no loss', () => {
  expect(settle({ mode: 'auto' }, knowing())).toMatchObject({ choice: undefined, losses: [] })
})

test('nothing is forced while a model thinks that does not take it', () => {
  const exclusive: ProfilePatch = { reasoning: { isExclusive: true } }
  const thinking = { reasoning: { mode: 'on' } } as const
  expect(settle({ mode: 'required' }, exclusive, thinking)).toMatchObject({
    choice: { mode: 'auto' },
    losses: emulated,
  })
  expect(settle({ mode: 'required' }, exclusive)).toMatchObject({ choice: { mode: 'required' } })
})

test('a choice without tools is left out; a forced one is a loss', () => {
  expect(settle({ mode: 'none' }, {}, { tools: [] })).toMatchObject({
    choice: undefined,
    losses: [],
  })
  expect(settle({ mode: 'required' }, {}, { tools: [] }).losses).toEqual(['dropped:tool_choice'])
})

test('a choice of a tool that is not offered is refused with the way out', () => {
  expect(() => settle({ mode: 'one', name: 'z' }, knowing('auto'))).toThrow(/"z".*name one that is/)
})

test('one call at a time is a loss where there is no switch for it', () => {
  const patch: ProfilePatch = { tools: { parallelSwitch: false } }
  expect(settle({ mode: 'auto' }, patch, { hasParallelTools: false }).losses).toEqual([
    'dropped:parallel_tool_calls',
  ])
  expect(settle({ mode: 'auto' }, patch, { hasParallelTools: true }).losses).toEqual([])
})

test('strictness is a loss where it is unknown, its absence is none', () => {
  const strictly = (isStrict: boolean): ChatRequest =>
    requestOf([], { tools: [{ type: 'function', name: 'a', isStrict }] })
  const loose: ProfilePatch = { tools: { strict: false } }
  expect(adaptFor(toolChoice, strictly(true), loose).losses).toEqual(['dropped:strict'])
  expect(adaptFor(toolChoice, strictly(false), loose).losses).toEqual([])
  expect(toolChoice.applies(strictly(true), contextWithout({}))).toBe(false)
})
