import { expect, test } from 'vitest'
import type { Tool } from '../core/chat.ts'
import { createCollector } from '../core/collect.ts'
import type { ChatEvent } from '../core/events.ts'
import { replay } from '../core/replay.ts'
import { adaptFor, contextWithout, requestOf, userSays } from '../testing/able-profile.ts'
import { inPieces, pass } from '../testing/describe-adaptation.ts'
import { customTools } from './custom-tools.ts'

const patch: Tool = {
  type: 'custom',
  name: 'apply_patch',
  description: 'Edits files.',
  format: { type: 'grammar', syntax: 'lark', definition: 'start: "*** Begin Patch"' },
}
const text = '*** Begin Patch\n+ "a"\\n ä🎉\n'
const functionsOnly = { tools: { custom: false } } as const

test('a free-text tool becomes a function with one string, its grammar in the description', () => {
  const { request, losses } = adaptFor(
    customTools,
    requestOf([userSays('Go')], {
      tools: [patch],
      toolChoice: { mode: 'one', name: 'apply_patch' },
    }),
    functionsOnly,
  )
  expect(request.tools?.[0]).toMatchObject({
    type: 'function',
    name: 'apply_patch',
    schema: { type: 'object', required: ['input'], properties: { input: { type: 'string' } } },
  })
  expect(request.tools?.[0]).toHaveProperty(
    'description',
    'Edits files.\n\nThe text in "input" must match this lark grammar:\nstart: "*** Begin Patch"',
  )
  expect(request.toolChoice).toEqual({ mode: 'one', name: 'apply_patch' })
  expect(losses).toEqual(['emulated:custom_tools'])
})

test('earlier free-text calls are wrapped, even when the tool is no longer offered', () => {
  const request = requestOf([
    {
      role: 'assistant',
      parts: [
        { type: 'tool-call', id: 'c1', name: 'apply_patch', kind: 'custom', arguments: text },
      ],
    },
  ])
  const { request: adapted, events } = adaptFor(customTools, request, functionsOnly)
  expect(adapted.turns[0]?.parts[0]).toMatchObject({
    kind: 'function',
    arguments: JSON.stringify({ input: text }),
  })
  expect(events).toBeUndefined()
})

test.each([1, 2, 3, 7, 1000])('the answer is free text again, in pieces of %i', (size) => {
  const other: Tool = { type: 'function', name: 'read' }
  const { events } = adaptFor(customTools, requestOf([], { tools: [patch, other] }), functionsOnly)
  if (!events) throw new Error('The answer is not mapped back')
  const answer: ChatEvent[] = []
  const wrapped = JSON.stringify({ input: text })
  replay(
    {
      id: 'r',
      model: 'm',
      choices: [
        {
          index: 0,
          parts: [
            { type: 'tool-call', id: 'c1', name: 'read', kind: 'function', arguments: wrapped },
            {
              type: 'tool-call',
              id: 'c2',
              name: 'apply_patch',
              kind: 'function',
              arguments: wrapped,
            },
          ],
          finish: { reason: 'tool-calls' },
        },
      ],
    },
    (event) => answer.push(event),
  )
  const collector = createCollector()
  for (const event of pass(inPieces(answer, size), events())) collector.push(event)
  expect(collector.response().choices[0]?.parts).toEqual([
    { type: 'tool-call', id: 'c1', name: 'read', kind: 'function', arguments: wrapped },
    { type: 'tool-call', id: 'c2', name: 'apply_patch', kind: 'custom', arguments: text },
  ])
})

test('a target that knows free-text tools gets them as they are', () => {
  expect(customTools.applies(requestOf([], { tools: [patch] }), contextWithout({}))).toBe(false)
})
