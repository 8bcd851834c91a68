import { expect, test } from 'vitest'
import { builtIn } from '../config/lists.ts'
import type { Outcome } from '../core/call.ts'
import { createCancellation } from '../core/services.ts'
import { readFields } from './body-fields.ts'
import { createCall } from './create-call.ts'

const outcome: Outcome = { status: 200, attempts: [], losses: [], durationMs: 1 }

function create(text: string, log?: Parameters<typeof createCall>[1]) {
  const dialect = builtIn.dialects.find(({ id }) => id === 'openai-chat')
  if (!dialect) throw new Error('The dialect is missing')
  const bytes = Buffer.from(text)
  return createCall(
    {
      id: 'call_1',
      dialect,
      operation: 'chat',
      headers: {},
      caller: { id: 'anonymous' },
      isStrict: false,
      bytes,
      fields: readFields(bytes),
      cancellation: createCancellation(),
      receivedAtMs: 0,
    },
    log,
  )
}

test('a call is over once, and each listener hears of it once', () => {
  const { call, settle } = create('{"messages":[{"role":"user","content":"x"}]}')
  const heard: string[] = []
  call.onSettled(() => heard.push('first'))
  call.onSettled(() => heard.push('second'))
  settle(outcome)
  settle(outcome)
  expect(heard).toEqual(['first', 'second'])
})

test('a listener that fails keeps no other from releasing what it holds', () => {
  const logged: unknown[] = []
  const { call, settle } = create('{"messages":[{"role":"user","content":"x"}]}', {
    error: (fields) => logged.push(fields),
  })
  const heard: string[] = []
  call.onSettled(() => {
    throw new Error('a plugin is broken')
  })
  call.onSettled(() => heard.push('second'))
  settle(outcome)
  expect(heard).toEqual(['second'])
  expect(logged).toHaveLength(1)
})

test('the neutral request is decoded once, and outlives the bytes', () => {
  const { call } = create('{"model":" m ","messages":[{"role":"user","content":"x"}]}')
  expect(call.model).toBe('m')
  const request = call.request()
  call.letGo()
  expect(call.request()).toBe(request)
  expect(call.body.bytes).toHaveLength(0)
})

test('the prompt is estimated whatever state the call is in, and never fails', () => {
  const text = JSON.stringify({ messages: [{ role: 'user', content: 'x'.repeat(900) }] })
  const read = create(text)
  expect(read.call.estimateInput()).toBeGreaterThan(200)
  const gone = create(text)
  gone.call.letGo()
  expect(gone.call.estimateInput()).toBe(Math.ceil(text.length / 3))
  expect(create('{"messages":7}').call.estimateInput()).toBe(5)
})
