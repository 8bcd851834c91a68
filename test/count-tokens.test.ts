// Counting tokens always answers: the target's own count where it has one, else an estimate that says
// so; only a request that is wrong is refused.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type FakeUpstream, type ScriptedAnswer, startFakeUpstream } from '../src/testing/index.ts'
import { ask } from './support/ask.ts'
import { connectRaw, rawPost } from './support/raw-client.ts'
import { startGateway, type TestGateway } from './support/start-gateway.ts'
import { waitUntil } from './support/wait-until.ts'

let upstream: FakeUpstream
let gateway: TestGateway
const path = '/v1/messages/count_tokens'
const body = (model: string) => ({
  model,
  stream: true,
  max_tokens: 5,
  messages: [{ role: 'user', content: 'How many tokens are these?' }],
})

beforeAll(async () => {
  upstream = await startFakeUpstream()
  const place = (dialect: string) => ({ dialect, base_url: upstream.address, api_key: 'k' })
  gateway = await startGateway({
    providers: { same: place('anthropic'), other: place('openai-chat') },
  })
})
afterEach(() => gateway.expectIdle())
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const count = (model: string) => ask(gateway.address, path, body(model))
const tokensOf = (text: string): number =>
  (JSON.parse(text) as { input_tokens: number }).input_tokens

test('the target’s own count is told, of what would be sent', async () => {
  upstream.play({ body: { input_tokens: 1234 } })
  const answer = await count('same/m')
  expect([answer.status, tokensOf(answer.text)]).toEqual([200, 1234])
  expect(answer.headers['x-router-loss']).toBeUndefined()
  const [sent] = upstream.requests
  expect([sent?.path, sent?.json]).toEqual([path, expect.objectContaining({ model: 'm' })])
})

test('a count that comes compressed is a count', async () => {
  upstream.play({ body: { input_tokens: 7 }, isCompressed: true })
  expect(tokensOf((await count('same/m')).text)).toBe(7)
})

const failures: readonly (readonly [string, ScriptedAnswer])[] = [
  ['refuses the key', { status: 401, body: { error: { message: 'no' } } }],
  ['has no such path', { status: 404, body: 'not here' }],
  ['is overloaded', { status: 529, body: { error: { type: 'overloaded_error', message: 'no' } } }],
  ['breaks off', { fault: { kind: 'reset' } }],
  ['answers nonsense', { body: '<html>' }],
  ['answers no number', { body: { input_tokens: 'many' } }],
]
test.each(failures)('a target that %s is estimated for', async (_name, script) => {
  upstream.play(script)
  const answer = await count('same/m')
  expect(answer.status).toBe(200)
  expect(tokensOf(answer.text)).toBeGreaterThan(3)
  expect(answer.headers['x-router-loss']).toBe('estimated:input_tokens')
})

test('a target of another dialect is not asked', async () => {
  upstream.play({ body: { input_tokens: 1234 } })
  const answer = await count('other/ модель')
  expect(answer.headers['x-router-loss']).toBe('estimated:input_tokens')
  expect(answer.headers['x-router-model']).toContain('%D0')
  expect(upstream.requests).toEqual([])
})

test('a request that is wrong is refused, by the target and by us', async () => {
  upstream.play({
    status: 400,
    body: { type: 'error', error: { type: 'invalid_request_error', message: 'messages: odd' } },
  })
  expect((await count('same/m')).status).toBe(400)
  const { messages: _messages, ...rest } = body('other/m')
  expect((await ask(gateway.address, path, rest)).status).toBe(400)
})

test('who hangs up ends the question', async () => {
  upstream.play({ fault: { kind: 'stall' } })
  const client = await connectRaw(gateway.address)
  client.send(rawPost(path, JSON.stringify(body('same/m'))))
  await waitUntil(() => upstream.inFlight(), 1)
  client.socket.destroy()
  await waitUntil(() => upstream.inFlight(), 0)
})
