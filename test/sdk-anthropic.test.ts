// Anthropic's own client against the running gateway, over providers of both dialects.

import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fixture } from './support/fixtures.ts'
import { type SchemaRequest, schemaAnswer } from './support/schema-answer.ts'
import { providerOf, replay, startWorld, toScript, type World } from './support/world.ts'

let world: World
let client: Anthropic

beforeAll(async () => {
  world = await startWorld()
  client = new Anthropic({ baseURL: world.gateway.address, apiKey: 'any', maxRetries: 0 })
})
afterAll(async () => {
  await world.gateway.expectIdle()
  await world.close()
})

const weather = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } },
}
const messages = [{ role: 'user' as const, content: 'Good morning!' }]
const textOf = (message: Anthropic.Message): string =>
  message.content.map((block) => (block.type === 'text' ? block.text : '')).join('')

describe.each(['openai-chat', 'anthropic'])('over a provider that speaks %s', (dialect) => {
  const model = `${providerOf(dialect)}/some-model`
  const basic = { model, max_tokens: 1024, messages }
  const play = (name: string): void => replay(world.upstream, fixture(`${dialect}/${name}`))

  test('a text answer', async () => {
    play('text')
    const message = await client.messages.create(basic)
    expect(message.type).toBe('message')
    expect(textOf(message)).toBe('Good morning, what shall we read?')
    expect(message.stop_reason).toBe('end_turn')
    expect(message.usage.input_tokens).toBe(dialect === 'anthropic' ? 12 : 11)
  })

  test('a streamed text answer, helper events included', async () => {
    play('text-stream')
    let streamed = ''
    const stream = client.messages.stream(basic).on('text', (text) => {
      streamed += text
    })
    const message = await stream.finalMessage()
    expect(streamed).toBe('Good morning, what shall we read?')
    expect(textOf(message)).toBe(streamed)
    expect(message.usage.output_tokens).toBe(dialect === 'anthropic' ? 8 : 7)
  })

  test.each(['create', 'stream'])('a whole tool loop (%s)', async (mode) => {
    const suffix = mode === 'stream' ? '-stream' : ''
    world.upstream.play([
      toScript(fixture(`${dialect}/tool-call${suffix}`)),
      toScript(fixture(`${dialect}/tool-result${suffix}`)),
    ])
    const run = (history: Anthropic.MessageParam[]): Promise<Anthropic.Message> =>
      mode === 'stream'
        ? client.messages.stream({ ...basic, messages: history, tools: [weather] }).finalMessage()
        : client.messages.create({ ...basic, messages: history, tools: [weather] })
    const first = await run(messages)
    expect(first.stop_reason).toBe('tool_use')
    const call = first.content.find((block) => block.type === 'tool_use')
    expect(call?.input).toEqual({ city: 'Porto, PT', unit: 'celsius' })
    const second = await run([
      ...messages,
      { role: 'assistant', content: first.content },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: 'Rain, 6 °C' }],
      },
    ])
    expect(textOf(second)).toMatch(/It rains/)
    const sent = JSON.stringify(world.upstream.requests[1]?.json)
    expect(sent).toContain('Rain, 6 °C')
    expect(sent.split(call?.id ?? '?')).toHaveLength(3)
  })

  test('parallel tool calls in a stream', async () => {
    play('parallel-tools-stream')
    const message = await client.messages.stream({ ...basic, tools: [weather] }).finalMessage()
    const calls = message.content.filter((block) => block.type === 'tool_use')
    expect(calls.map(({ name, input }) => [name, input])).toEqual([
      ['get_weather', { city: 'Oslo' }],
      ['get_time', { city: 'Oslo' }],
    ])
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
  })

  test('images and documents reach the provider as they are', async () => {
    play('image-in')
    await client.messages.create({
      ...basic,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            {
              type: 'image',
              source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0K' },
            },
            {
              type: 'document',
              source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0x' },
            },
          ],
        },
      ],
    })
    const sent = JSON.stringify(world.upstream.requests[0]?.json)
    expect(sent).toContain('iVBORw0K')
    expect(sent).toContain('JVBERi0x')
  })

  test('thought comes as thinking blocks, before the text', async () => {
    play(dialect === 'anthropic' ? 'thinking-stream' : 'reasoning-content-stream')
    const message = await client.messages
      .stream({ ...basic, max_tokens: 4096, thinking: { type: 'enabled', budget_tokens: 2048 } })
      .finalMessage()
    const [thought, text] = message.content
    expect(thought).toMatchObject({ type: 'thinking', thinking: 'Seven times six is forty-two.' })
    expect(text).toMatchObject({ type: 'text', text: 'It is 42.' })
  })

  test.each(['create', 'stream'])('structured output (%s)', async (mode) => {
    const value = { title: 'Moby-Dick', pages: 635 }
    world.upstream.play(({ json }) => schemaAnswer(dialect, json as SchemaRequest, value))
    const schema = {
      type: 'object',
      properties: { title: { type: 'string' }, pages: { type: 'integer' } },
      required: ['title', 'pages'],
      additionalProperties: false,
    }
    const request = {
      ...basic,
      output_config: { format: { type: 'json_schema' as const, schema } },
    }
    const message =
      mode === 'stream'
        ? await client.messages.stream(request).finalMessage()
        : await client.messages.create(request)
    expect(JSON.parse(textOf(message))).toEqual(value)
    expect(message.stop_reason).toBe('end_turn')
    expect(JSON.stringify(world.upstream.requests[0]?.json)).toContain('pages')
  })

  test.each([
    ['error-400', Anthropic.BadRequestError, 400, 'invalid_request_error'],
    ['error-404', Anthropic.NotFoundError, 404, 'not_found_error'],
    ['error-429', Anthropic.RateLimitError, 429, 'rate_limit_error'],
    ['error-401', Anthropic.InternalServerError, undefined, 'api_error'],
    ['error-500', Anthropic.InternalServerError, undefined, 'api_error'],
    [
      dialect === 'anthropic' ? 'error-529' : 'error-503',
      Anthropic.InternalServerError,
      529,
      'overloaded_error',
    ],
  ] as const)('%s is thrown as the right kind of error', async (name, kind, status, type) => {
    for (const stream of [false, true]) {
      play(name)
      const failure = await client.messages.create({ ...basic, stream }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      expect(failure).toBeInstanceOf(kind)
      expect(failure).toMatchObject({
        error: { type: 'error', error: { type } },
        ...(status ? { status } : {}),
      })
    }
  })

  test('an error in mid-stream is thrown, after the text that came', async () => {
    play('error-mid-stream')
    let text = ''
    const stream = client.messages.stream(basic).on('text', (piece) => {
      text += piece
    })
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIError)
    expect(text).toBe('Good morning,')
  })

  test('tokens are counted, by the provider or by estimate', async () => {
    world.upstream.play({ status: dialect === 'anthropic' ? 200 : 404, body: { input_tokens: 17 } })
    const counted = await client.messages.countTokens({ model, messages })
    if (dialect === 'anthropic') expect(counted.input_tokens).toBe(17)
    else expect(counted.input_tokens).toBeGreaterThan(0)
  })
})
