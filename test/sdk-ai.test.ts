// The AI SDK against the running gateway: three of its providers, over providers of both dialects.

import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  APICallError,
  generateText,
  type LanguageModel,
  Output,
  stepCountIs,
  streamText,
  type ToolSet,
  tool,
} from 'ai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { fixture } from './support/fixtures.ts'
import { type SchemaRequest, schemaAnswer } from './support/schema-answer.ts'
import { providerOf, replay, startWorld, toScript, type World } from './support/world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(async () => {
  await world.gateway.expectIdle()
  await world.close()
})

const base = (): string => `${world.gateway.address}/v1`
const clients: { readonly [name: string]: (model: string) => LanguageModel } = {
  '@ai-sdk/openai': (model) => createOpenAI({ baseURL: base(), apiKey: 'any' }).chat(model),
  '@ai-sdk/openai-compatible': (model) =>
    createOpenAICompatible({
      name: 'dragoman',
      baseURL: base(),
      supportsStructuredOutputs: true,
      includeUsage: true,
    })(model),
  '@ai-sdk/anthropic': (model) => createAnthropic({ baseURL: base(), apiKey: 'any' })(model),
}

const pairs = Object.keys(clients).flatMap((name) =>
  ['openai-chat', 'anthropic'].map((dialect) => ({ name, dialect })),
)

describe.each(pairs)('$name over a provider that speaks $dialect', ({ name, dialect }) => {
  const model = (): LanguageModel => {
    const made = clients[name]?.(`${providerOf(dialect)}/some-model`)
    if (!made) throw new Error(`No client ${name}`)
    return made
  }
  const play = (id: string): void => replay(world.upstream, fixture(`${dialect}/${id}`))
  const settings = { maxRetries: 0, prompt: 'Good morning!' }

  test('generates text', async () => {
    play('text')
    const { text, usage, finishReason } = await generateText({ ...settings, model: model() })
    expect(text).toBe('Good morning, what shall we read?')
    expect(finishReason).toBe('stop')
    expect(usage.inputTokens).toBe(dialect === 'anthropic' ? 12 : 11)
  })

  test('streams text', async () => {
    play('text-stream')
    const result = streamText({ ...settings, model: model() })
    let text = ''
    for await (const piece of result.textStream) text += piece
    expect(text).toBe('Good morning, what shall we read?')
    expect((await result.usage).outputTokens).toBe(dialect === 'anthropic' ? 8 : 7)
  })

  test('streams a whole tool loop', async () => {
    world.upstream.play([
      toScript(fixture(`${dialect}/tool-call-stream`)),
      toScript(fixture(`${dialect}/tool-result-stream`)),
    ])
    const asked: unknown[] = []
    const result = streamText({
      ...settings,
      model: model(),
      stopWhen: stepCountIs(3),
      tools: {
        get_weather: tool({
          description: 'Weather of a city',
          inputSchema: z.object({ city: z.string(), unit: z.string().optional() }),
          execute: (input) => {
            asked.push(input)
            return 'Rain, 6 °C'
          },
        }),
      },
    })
    expect(await result.text).toMatch(/It rains/)
    expect(asked).toEqual([{ city: 'Porto, PT', unit: 'celsius' }])
    expect(JSON.stringify(world.upstream.requests[1]?.json)).toContain('Rain, 6 °C')
  })

  test('gets two calls of one turn apart', async () => {
    play('parallel-tools-stream')
    const city = { inputSchema: z.object({ city: z.string() }) }
    const tools = { get_weather: city, get_time: city } as ToolSet
    const result = streamText({
      ...settings,
      model: model(),
      tools,
    })
    const calls = await result.toolCalls
    expect(calls.map(({ toolName, input }) => [toolName, input])).toEqual([
      ['get_weather', { city: 'Oslo' }],
      ['get_time', { city: 'Oslo' }],
    ])
  })

  test('sends an image', async () => {
    play('image-in')
    const image = Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10, 1])
    await generateText({
      model: model(),
      maxRetries: 0,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', image, mediaType: 'image/png' },
          ],
        },
      ],
    })
    expect(JSON.stringify(world.upstream.requests[0]?.json)).toContain('iVBORw0KGgoB')
  })

  test('generates an object', async () => {
    const value = { title: 'Moby-Dick', pages: 635 }
    world.upstream.play(({ json }) => schemaAnswer(dialect, json as SchemaRequest, value))
    const { output } = await generateText({
      ...settings,
      model: model(),
      output: Output.object({ schema: z.object({ title: z.string(), pages: z.number() }) }),
    })
    expect(output).toEqual(value)
  })

  test.each([
    ['error-400', 400],
    ['error-429', 429],
  ])('throws %s with its status', async (id, status) => {
    play(id)
    const failure = await generateText({ ...settings, model: model() }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(APICallError.isInstance(failure)).toBe(true)
    expect(failure).toMatchObject({ statusCode: status })
    expect((failure as APICallError).message.length).toBeGreaterThan(5)
  })

  test('reports an error in mid-stream', async () => {
    play('error-mid-stream')
    const result = streamText({ ...settings, model: model(), onError: () => {} })
    const parts: string[] = []
    for await (const part of result.fullStream) parts.push(part.type)
    expect(parts).toContain('error')
  })
})
