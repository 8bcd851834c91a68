// The stage of the pitfall tests: one gateway, one scripted provider under the names of the places the
// pitfalls were met at, and short ways to write what providers say and read what clients get.

import {
  type FakeUpstream,
  type ScriptedAnswer,
  startFakeUpstream,
} from '../../src/testing/index.ts'
import { type Answer, type Json, toFields, toList } from './answer.ts'
import { ask, chatPaths, checkFrames, type GatewayAnswer, plainRequest } from './ask.ts'
import { checkRequest } from './check-request.ts'
import { type ClientDialect, readAnswer } from './oracle.ts'
import { startGateway, type TestGateway } from './start-gateway.ts'

export type Stage = {
  readonly gateway: TestGateway
  readonly upstream: FakeUpstream
  close(): Promise<void>
}

/** `chat` and `messages` are unknown places of either dialect; the rest are catalogue entries. */
export async function startStage(): Promise<Stage> {
  const upstream = await startFakeUpstream()
  const place = { base_url: `${upstream.address}/v1`, api_key: 'lab-key' }
  const gateway = await startGateway({
    providers: {
      chat: { dialect: 'openai-chat', ...place },
      messages: { dialect: 'anthropic', ...place },
      other: { dialect: 'anthropic', ...place },
      groq: place,
      anthropic: place,
    },
    retry: { max: 0 },
  })
  return {
    gateway,
    upstream,
    close: async () => {
      await gateway.expectIdle()
      await gateway.close()
      await upstream.close()
    },
  }
}

const streamed = (text: string): ScriptedAnswer => ({
  headers: { 'content-type': 'text/event-stream' },
  body: text,
  cuts: { seed: text.length, count: 7 },
})

export const whole = (body: unknown, status = 200): ScriptedAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body,
})

/** A chunk with one choice; `more` stands beside `choices`. */
export const chunk = (delta: Json, reason: string | null = null, more: Json = {}): Json => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: reason }],
  ...more,
})

export const callPiece = (index: number | undefined, fields: Json, content: Json): Json => ({
  tool_calls: [{ ...(index === undefined ? {} : { index }), ...fields, function: content }],
})

/** Chunks (or frames as they are) and `[DONE]`. */
export const chatStream = (...chunks: readonly (Json | string)[]): ScriptedAnswer =>
  streamed(`${chunks.map(toChatFrame).join('')}data: [DONE]\n\n`)

const toChatFrame = (piece: Json | string): string =>
  typeof piece === 'string' ? piece : `data: ${JSON.stringify(piece)}\n\n`

const start: Json = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 12, output_tokens: 1 },
  },
}

export const messageEnd = (reason: string, usage: Json = { output_tokens: 9 }): readonly Json[] => [
  { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage },
  { type: 'message_stop' },
]

/** A block of a stream: its start, its deltas, its end. */
export const block = (
  index: number,
  content: Json,
  ...deltas: readonly Json[]
): readonly Json[] => [
  { type: 'content_block_start', index, content_block: content },
  ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
  { type: 'content_block_stop', index },
]

/** message_start and these events. */
export const messagesStream = (...events: readonly Json[]): ScriptedAnswer =>
  streamed(
    [start, ...events]
      .map((event) => `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`)
      .join(''),
  )

export const message = (content: readonly Json[], reason: string, more: Json = {}): Json => ({
  ...toFields(start['message']),
  content,
  stop_reason: reason,
  usage: { input_tokens: 12, output_tokens: 9 },
  ...more,
})

export const completion = (said: Json, reason: string, more: Json = {}): Json => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', ...said }, finish_reason: reason }],
  usage: { prompt_tokens: 12, completion_tokens: 9, total_tokens: 21 },
  ...more,
})

// The question, the tools and the calls of most tests, in both dialects.

export const user = { role: 'user', content: 'Good morning!' }
export const toolUse = (id: string, name: string, input: Json = {}): Json => ({
  type: 'tool_use',
  id,
  name,
  input,
})
export const functionCall = (id: string, name: string, text = '{}'): Json => ({
  id,
  type: 'function',
  function: { name, arguments: text },
})
export const functions = ['f', 'g'].map((name) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
}))
export const tools = ['f', 'g'].map((name) => ({
  name,
  input_schema: { type: 'object', properties: {} },
}))
export const messagesOf = (body: Json): readonly Json[] => toList(body['messages']).map(toFields)

export type Heard = { readonly answer: Answer; readonly raw: GatewayAnswer }

/** What a client gets when the provider answers so; its frames keep the rules of its dialect. */
export async function hear(
  { gateway, upstream }: Stage,
  client: ClientDialect,
  model: string,
  script: ScriptedAnswer,
  isStream = true,
): Promise<Heard & { readonly problems: readonly string[] }> {
  upstream.play(script)
  const raw = await ask(gateway.address, chatPaths[client], plainRequest(client, model, isStream))
  return { raw, answer: await readAnswer(client, raw), problems: checkFrames(client, raw) }
}

export type Sent = {
  readonly body: Json
  readonly headers: { readonly [name: string]: unknown }
  /** Rules of the target's own API that the body breaks. */
  readonly problems: readonly string[]
  readonly losses: string
}

/** What the provider is sent for a client's request. */
export async function send(
  { gateway, upstream }: Stage,
  client: ClientDialect,
  model: string,
  request: Json,
  headers: { readonly [name: string]: string } = {},
): Promise<Sent> {
  const isMessages = ['messages', 'other', 'anthropic'].includes(model.split('/')[0] ?? '')
  upstream.play(
    whole(
      isMessages
        ? message([{ type: 'text', text: 'ok' }], 'end_turn')
        : completion({ content: 'ok' }, 'stop'),
    ),
  )
  const base = client === 'anthropic' ? { model, max_tokens: 4096 } : { model }
  const raw = await ask(gateway.address, chatPaths[client], { ...base, ...request }, headers)
  const [received] = upstream.requests
  if (!received) throw new Error(`Nothing was sent: ${raw.status} ${raw.text}`)
  const body = toFields(received.json)
  return {
    body,
    headers: received.headers,
    problems: checkRequest(isMessages ? 'anthropic' : 'openai-chat', body),
    losses: raw.headers['x-router-loss'] ?? '',
  }
}
