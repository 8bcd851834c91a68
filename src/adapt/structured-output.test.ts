import { expect, test } from 'vitest'
import type { AssistantPart, ChatRequest, FinishReason, Tool } from '../core/chat.ts'
import { createCollector } from '../core/collect.ts'
import type { ChatEvent } from '../core/events.ts'
import type { ProfilePatch } from '../core/profile.ts'
import { replay } from '../core/replay.ts'
import { adaptFor, contextWithout, requestOf, userSays } from '../testing/able-profile.ts'
import { checkEvents } from '../testing/check-events.ts'
import { inPieces, pass } from '../testing/describe-adaptation.ts'
import { structuredOutput } from './structured-output.ts'

const schema = { type: 'object', properties: { city: { type: 'string' } } }
const output = { type: 'schema', schema, description: 'A city' } as const
const real: Tool = { type: 'function', name: 'lookup' }
const byTool = { output: { schema: 'tool' } } as const
const ask = (more: Partial<ChatRequest>) => requestOf([userSays('Where?')], { output, ...more })
const json = '{"city":"Bern"}'

const text = (value: string): AssistantPart => ({ type: 'text', text: value })
const call = (name: string): AssistantPart => ({
  type: 'tool-call',
  id: `call_${name}`,
  name,
  kind: 'function',
  arguments: json,
})

/** What the client sees of an answer with these parts, and the losses of the whole. */
function answered(
  more: Partial<ChatRequest>,
  parts: readonly AssistantPart[],
  reason: FinishReason,
  patch: ProfilePatch = byTool,
) {
  const context = contextWithout(patch)
  const { events } = structuredOutput.request(ask(more), context)
  if (!events) throw new Error('The answer is not mapped back')
  const answer: ChatEvent[] = []
  const choices = [{ index: 0, parts, finish: { reason, raw: 'tool_use' } }]
  replay({ id: 'r', model: 'm', choices }, (event) => answer.push(event))
  const seen = pass(inPieces(answer, 3), events())
  expect(checkEvents(seen)).toEqual([])
  const collector = createCollector()
  for (const event of seen) collector.push(event)
  const [choice] = collector.response().choices
  return { ...choice, losses: context.losses.list.map(({ kind, what }) => `${kind}:${what}`) }
}

test('a schema becomes a tool that must be called', () => {
  const { request, losses } = adaptFor(structuredOutput, ask({}), byTool)
  expect(request).not.toHaveProperty('output')
  expect(request.tools).toMatchObject([{ type: 'function', name: 'structured_output', schema }])
  expect(request.toolChoice).toEqual({ mode: 'one', name: 'structured_output' })
  expect(request.hasParallelTools).toBe(false)
  expect(losses).toEqual(['emulated:json_schema'])
})

test('beside tools of the client any call is an answer, and names do not collide', () => {
  const taken: Tool = { type: 'function', name: 'structured_output' }
  const { request } = adaptFor(structuredOutput, ask({ tools: [real, taken] }), byTool)
  expect(request.tools?.[2]).toMatchObject({ name: 'structured_output_' })
  expect(request.toolChoice).toEqual({ mode: 'required' })
})

test('while a model thinks that cannot be forced, it is asked to call the tool', () => {
  const { request } = adaptFor(structuredOutput, ask({ reasoning: { mode: 'on' } }), {
    ...byTool,
    reasoning: { isExclusive: true },
  })
  expect(request.toolChoice).toEqual({ mode: 'auto' })
  expect(request.system.at(-1)?.text).toContain('"structured_output"')
})

test('a turn in which a tool of the client must be called has no text to be held to', () => {
  const { request, events } = adaptFor(
    structuredOutput,
    ask({ tools: [real], toolChoice: { mode: 'one', name: 'lookup' } }),
    byTool,
  )
  expect(request.tools).toEqual([real])
  expect(request).not.toHaveProperty('output')
  expect(events).toBeUndefined()
})

test('the call comes back as text and the answer as finished, without a trace of the tool', () => {
  const { parts, finish } = answered({}, [call('structured_output')], 'tool-calls')
  expect(parts).toEqual([text(json)])
  expect(finish).toEqual({ reason: 'stop' })
})

test('an answer that was cut short still says so', () => {
  expect(answered({}, [call('structured_output')], 'length').finish?.reason).toBe('length')
})

test('talk before the call would spoil the JSON: it is dropped and said to be', () => {
  const { parts, losses } = answered(
    {},
    [{ type: 'reasoning', text: 'Hm' }, text('Here it is:'), call('structured_output'), text('!')],
    'tool-calls',
  )
  expect(parts).toEqual([{ type: 'reasoning', text: 'Hm' }, text(json)])
  expect(losses).toEqual(['emulated:json_schema', 'dropped:content'])
})

test('talk before a call of the client is kept, and the call too', () => {
  const { parts, finish } = answered(
    { tools: [real] },
    [text('Let me look.'), call('lookup')],
    'tool-calls',
  )
  expect(parts).toEqual([text('Let me look.'), call('lookup')])
  expect(finish?.reason).toBe('tool-calls')
})

test('with a call of the client beside the answer the turn goes on', () => {
  const { parts, finish } = answered(
    { tools: [real] },
    [call('structured_output'), call('lookup')],
    'tool-calls',
  )
  expect(parts).toEqual([text(json), call('lookup')])
  expect(finish?.reason).toBe('tool-calls')
})

test('a model that answers in text after all is heard', () => {
  const { parts, finish } = answered({}, [text(json)], 'stop')
  expect(parts).toEqual([text(json)])
  expect(finish).toEqual({ reason: 'stop', raw: 'tool_use' })
})

test('plain JSON mode gets the schema as an instruction', () => {
  const { request, losses } = adaptFor(structuredOutput, ask({}), { output: { schema: 'json' } })
  expect(request.output).toEqual({ type: 'json' })
  expect(request.system.at(-1)?.text).toContain(JSON.stringify(schema))
  expect(request.system.at(-1)?.text).toContain('JSON')
  expect(losses).toEqual(['emulated:json_schema'])
})

test.each([
  ['no schemas', { schema: 'none' }],
  ['no schemas and no JSON mode', { schema: 'json', json: 'instruction' }],
] as const)('a target with %s is asked in words', (_what, can) => {
  const { request, losses } = adaptFor(structuredOutput, ask({}), { output: can })
  expect(request).not.toHaveProperty('output')
  expect(request.system.at(-1)?.text).toContain(JSON.stringify(schema))
  expect(losses).toEqual(['emulated:json_schema'])
})

test('JSON without a schema is asked for in words where there is no mode for it', () => {
  const { request, losses } = adaptFor(structuredOutput, ask({ output: { type: 'json' } }), {
    output: { json: 'instruction' },
  })
  expect(request).not.toHaveProperty('output')
  expect(request.system).toHaveLength(1)
  expect(losses).toEqual(['emulated:json_object'])
})

const lists = {
  schema: { type: 'array', items: { $ref: '#/$defs/City' }, $defs: { City: { type: 'string' } } },
}

test('an answer that is no object stands in one, its definitions where references look for them', () => {
  const { request } = adaptFor(
    structuredOutput,
    ask({ output: { type: 'schema', ...lists } }),
    byTool,
  )
  expect(request.tools).toMatchObject([
    {
      schema: {
        type: 'object',
        properties: { answer: { type: 'array', items: { $ref: '#/$defs/City' } } },
        required: ['answer'],
        $defs: lists.schema.$defs,
      },
    },
  ])
})

test.each([
  ['{"answer": ["Bern", 1]}', '["Bern",1]'],
  ['["Bern"]', '["Bern"]'],
])('and is taken out of it again: %s', (raw, told) => {
  const { parts, finish } = answered(
    { output: { type: 'schema', ...lists } },
    [{ ...call('structured_output'), arguments: raw } as AssistantPart],
    'tool-calls',
  )
  expect(parts).toEqual([text(told)])
  expect(finish?.reason).toBe('stop')
})
