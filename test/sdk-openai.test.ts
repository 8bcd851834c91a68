// OpenAI's own client against the running gateway, over providers of both dialects.

import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { fixture } from './support/fixtures.ts'
import { type SchemaRequest, schemaAnswer } from './support/schema-answer.ts'
import { providerOf, replay, startWorld, toScript, type World } from './support/world.ts'

let world: World
let client: OpenAI

beforeAll(async () => {
  world = await startWorld()
  client = new OpenAI({ baseURL: `${world.gateway.address}/v1`, apiKey: 'any', maxRetries: 0 })
})
afterAll(async () => {
  await world.gateway.expectIdle()
  await world.close()
})

const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'get_weather',
      description: 'Weather of a city',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
]
const question = [{ role: 'user' as const, content: 'Good morning!' }]

describe.each(['openai-chat', 'anthropic'])('over a provider that speaks %s', (dialect) => {
  const model = `${providerOf(dialect)}/some-model`
  const play = (name: string): void => replay(world.upstream, fixture(`${dialect}/${name}`))

  test('a text answer', async () => {
    play('text')
    const completion = await client.chat.completions.create({ model, messages: question })
    expect(completion.object).toBe('chat.completion')
    expect(completion.choices[0]?.message.content).toBe('Good morning, what shall we read?')
    expect(completion.choices[0]?.finish_reason).toBe('stop')
    const { usage } = completion
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0))
  })

  test('a streamed text answer, with usage when asked', async () => {
    play('text-stream')
    const stream = await client.chat.completions.create({
      model,
      messages: question,
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    let tokens: number | undefined
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      tokens = chunk.usage?.total_tokens ?? tokens
    }
    expect(text).toBe('Good morning, what shall we read?')
    expect(tokens).toBe(dialect === 'anthropic' ? 20 : 18)
  })

  test('a streamed text answer shows no usage when not asked', async () => {
    play('text-stream')
    const stream = await client.chat.completions.create({ model, messages: question, stream: true })
    for await (const chunk of stream) {
      expect(chunk.choices).toHaveLength(1)
      expect(chunk.usage ?? null).toBeNull()
    }
  })

  test.each(['create', 'stream'])(
    'a whole tool loop by the SDK’s own runner (%s)',
    async (mode) => {
      const suffix = mode === 'stream' ? '-stream' : ''
      world.upstream.play([
        toScript(fixture(`${dialect}/tool-call${suffix}`)),
        toScript(fixture(`${dialect}/tool-result${suffix}`)),
      ])
      const asked: unknown[] = []
      const runnable = {
        type: 'function' as const,
        function: {
          name: 'get_weather',
          description: 'Weather of a city',
          parameters: { type: 'object', properties: { city: { type: 'string' } } },
          parse: JSON.parse,
          function: (input: unknown) => {
            asked.push(input)
            return 'Rain, 6 °C'
          },
        },
      }
      const request = { model, messages: question, tools: [runnable] }
      const runner =
        mode === 'stream'
          ? client.chat.completions.runTools({ ...request, stream: true })
          : client.chat.completions.runTools(request)
      expect(await runner.finalContent()).toMatch(/It rains/)
      expect(asked).toEqual([{ city: 'Porto, PT', unit: 'celsius' }])
      expect(JSON.stringify(world.upstream.requests[1]?.json)).toContain('Rain, 6 °C')
    },
  )

  test('parallel tool calls in a stream', async () => {
    play('parallel-tools-stream')
    const completion = await client.chat.completions
      .stream({ model, messages: question, tools })
      .finalChatCompletion()
    const calls = completion.choices[0]?.message.tool_calls ?? []
    expect(calls.map((call) => call.type === 'function' && call.function.name)).toEqual([
      'get_weather',
      'get_time',
    ])
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
    expect(completion.choices[0]?.finish_reason).toBe('tool_calls')
  })

  test('images reach the provider as they are', async () => {
    play('image-in')
    const data = 'iVBORw0KGgoAAAANSUhEUg=='
    await client.chat.completions.create({
      model,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } },
            { type: 'image_url', image_url: { url: 'https://images.example/a.jpg' } },
          ],
        },
      ],
    })
    const sent = JSON.stringify(world.upstream.requests[0]?.json)
    expect(sent).toContain(data)
    expect(sent).toContain('https://images.example/a.jpg')
  })

  test.each(['create', 'stream'])('structured output, parsed by the SDK (%s)', async (mode) => {
    world.upstream.play(({ json }) =>
      schemaAnswer(dialect, json as SchemaRequest, { title: 'Moby-Dick', pages: 635 }),
    )
    const request = {
      model,
      messages: question,
      response_format: zodResponseFormat(z.object({ title: z.string(), pages: z.int() }), 'book'),
    }
    const completion =
      mode === 'stream'
        ? await client.chat.completions.stream(request).finalChatCompletion()
        : await client.chat.completions.parse(request)
    expect(completion.choices[0]?.message.parsed).toEqual({ title: 'Moby-Dick', pages: 635 })
    expect(completion.choices[0]?.finish_reason).toBe('stop')
    expect(JSON.stringify(world.upstream.requests[0]?.json)).toContain('pages')
  })

  test.each([
    ['error-400', OpenAI.BadRequestError, 400],
    ['error-401', OpenAI.InternalServerError, 502],
    ['error-404', OpenAI.NotFoundError, 404],
    ['error-429', OpenAI.RateLimitError, 429],
    ['error-500', OpenAI.InternalServerError, 502],
  ] as const)('%s is thrown as the right kind of error', async (name, kind, status) => {
    for (const stream of [false, true]) {
      play(name)
      const failure = await client.chat.completions
        .create({ model, messages: question, stream })
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
      expect(failure).toBeInstanceOf(kind)
      expect(failure).toMatchObject({ status })
      expect((failure as InstanceType<typeof OpenAI.APIError>).type).toBeTypeOf('string')
      if (status === 429)
        expect((failure as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after')).toBe(
          '20',
        )
    }
  })

  test('an error in mid-stream is thrown, after the text that came', async () => {
    play('error-mid-stream')
    const stream = await client.chat.completions.create({ model, messages: question, stream: true })
    let text = ''
    const read = async (): Promise<void> => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    }
    await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError)
    expect(text).toBe('Good morning,')
  })
})
