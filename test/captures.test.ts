// Requests as coding tools really send them, answered by a provider of the other dialect: every
// instruction, message and tool must get there. Captured ones are read where a machine has them.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toFields, toList } from './support/answer.ts'
import { ask, checkFrames, type GatewayAnswer } from './support/ask.ts'
import { checkRequest } from './support/check-request.ts'
import { fixture } from './support/fixtures.ts'
import { missingPieces, piecesOf } from './support/meaning.ts'
import { type ClientDialect, readAnswer } from './support/oracle.ts'
import { providerOf, replay, startWorld, type World } from './support/world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(async () => {
  await world.gateway.expectIdle()
  await world.close()
})

type Capture = {
  readonly name: string
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body: { readonly [key: string]: unknown }
}

const recordings = process.env['DRAGOMAN_RECORDINGS']
const folder = recordings ? join(recordings, '../../captures') : ''

/** Captures are trimmed: tool schemas have the names of their properties only. */
function restore(tool: unknown): unknown {
  const fields = toFields(tool)
  const holder = fields['function'] ? 'function' : undefined
  if (holder) return { ...fields, function: restoreSchema(toFields(fields[holder]), 'parameters') }
  return fields['input_schema'] ? restoreSchema(fields, 'input_schema') : fields
}

function restoreSchema(holder: object, key: string): unknown {
  const schema = toFields((holder as { readonly [key: string]: unknown })[key])
  const names = toList(schema['properties']) as readonly string[]
  const properties = Object.fromEntries(names.map((name) => [name, { type: 'string' }]))
  return { ...holder, [key]: { type: 'object', properties, required: schema['required'] ?? [] } }
}

const ownCapture: Capture = {
  name: 'a coding tool in mid-conversation',
  path: '/v1/messages?beta=true',
  headers: {
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'interleaved-thinking-2025-05-14',
  },
  body: {
    model: 'any',
    max_tokens: 32_000,
    stream: true,
    system: [
      { type: 'text', text: 'You are a coding agent.' },
      { type: 'text', text: 'Work carefully.', cache_control: { type: 'ephemeral' } },
    ],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: '<note>be kind</note>' },
          { type: 'text', text: 'say hello' },
        ],
      },
      { role: 'system', content: 'The working folder is empty.' },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'echo hello' } },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'toolu_1',
            content: 'hello',
            is_error: false,
            cache_control: { type: 'ephemeral' },
          },
        ],
      },
    ],
    tools: [
      {
        name: 'Bash',
        description: 'Runs a command.',
        input_schema: {
          type: 'object',
          properties: { command: { type: 'string' } },
          required: ['command'],
        },
      },
    ],
    metadata: { user_id: 'somebody' },
    thinking: { type: 'adaptive' },
    context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
    output_config: { effort: 'medium' },
  },
}

const captures: readonly Capture[] = [ownCapture, ...(existsSync(folder) ? readCaptures() : [])]

function readCaptures(): readonly Capture[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const { url, headers, body } = toFields(JSON.parse(readFileSync(join(folder, name), 'utf8')))
      const fields = toFields(body)
      if (!/^\/v1\/(messages|chat\/completions)(\?.*)?$/.test(String(url))) return []
      const kept = Object.entries(toFields(headers)).filter(([header]) =>
        header.startsWith('anthropic-'),
      )
      const tools = fields['tools'] ? { tools: toList(fields['tools']).map(restore) } : {}
      return [
        {
          name,
          path: String(url),
          headers: Object.fromEntries(kept) as Capture['headers'],
          body: { ...fields, ...tools },
        },
      ]
    })
}

const dialectOf = ({ path }: Capture): ClientDialect =>
  path.startsWith('/v1/messages') ? 'anthropic' : 'openai-chat'

async function send(capture: Capture, target: ClientDialect): Promise<GatewayAnswer> {
  const isStream = capture.body['stream'] === true
  replay(world.upstream, fixture(`${target}/tool-call${isStream ? '-stream' : ''}`))
  const model = `${providerOf(target)}/some-model`
  return ask(world.gateway.address, capture.path, { ...capture.body, model }, capture.headers)
}

describe('what a coding tool says', () => {
  test.each(captures)('reaches a provider of the other dialect whole: $name', async (capture) => {
    const client = dialectOf(capture)
    const target = client === 'anthropic' ? 'openai-chat' : 'anthropic'
    const answer = await send(capture, target)
    expect(answer.status).toBe(200)
    const sent = world.upstream.requests[0]?.json
    expect(missingPieces(piecesOf(capture.body), sent)).toEqual([])
    expect(checkRequest(target, sent)).toEqual([])
    expect(checkFrames(client, answer)).toEqual([])
    const { choices, failure } = await readAnswer(client, answer)
    expect(failure).toBeUndefined()
    expect(choices[0]?.toolCalls).toEqual([
      { name: 'get_weather', arguments: { city: 'Porto, PT', unit: 'celsius' } },
    ])
  })

  test.each(captures)('reaches a provider of its own dialect whole: $name', async (capture) => {
    const client = dialectOf(capture)
    const answer = await send(capture, client)
    expect(answer.status).toBe(200)
    const sent = world.upstream.requests[0]
    expect(sent?.json).toEqual({ ...capture.body, model: 'some-model' })
    expect(sent?.headers['anthropic-version']).toBe(capture.headers['anthropic-version'])
  })
})
