// The first minute of a newcomer: a fresh copy of the project, `npm start`, the line to paste; and the
// first things that go wrong.

import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readSse } from '../src/testing/index.ts'
import { ask, chatPaths, checkFrames } from './support/ask.ts'
import { copyProject, makePlace, type Place } from './support/copy-project.ts'
import { type Program, startProgram, untilListening } from './support/run-program.ts'
import { runShell } from './support/run-shell.ts'

const patienceMs = 120_000

let house: Place
let homes: Place
const running = new Set<Program>()

beforeAll(() => {
  house = copyProject()
  homes = makePlace()
}, patienceMs)
afterEach(async () => {
  for (const program of running) {
    program.signal('SIGKILL')
    await program.exit
  }
  running.clear()
})
afterAll(() => {
  house.remove()
  homes.remove()
})

/** What `npm start -- …` runs. */
function start(
  words: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Program {
  const program = startProgram(process.execPath, ['scripts/start.mjs', ...words], {
    folder: house.folder,
    variables: { HOME: homes.folder, ...variables },
  })
  running.add(program)
  return program
}

async function stop(program: Program): Promise<void> {
  program.signal('SIGTERM')
  expect(await program.exit).toBe(0)
  running.delete(program)
}

test(
  'on a fresh copy it builds, says what it found, and the line it says to paste is answered',
  async () => {
    const program = start(['--port', '0'])
    const address = await untilListening(program)
    const { out, error } = program.written
    expect(error).toBe('Building …\n')
    expect(out).toMatch(/auto\s+sim\/echo: no key and no local server was found/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
    expect(out + error).not.toMatch(/\u001b/)
    expect(out.trim().split('\n').length).toBeLessThanOrEqual(12)

    const paste = out.slice(out.indexOf('curl '))
    expect(paste).toContain(`${address}/v1/chat/completions`)
    const { exit, status, out: answer } = await runShell(paste)
    expect([exit, status]).toEqual([0, 200])
    expect(JSON.parse(answer)).toMatchObject({ choices: [{ message: { content: 'Hello' } }] })
    await stop(program)
  },
  patienceMs,
)

test(
  'the second start builds nothing, and Ctrl-C stops it as well',
  async () => {
    const program = start(['--port', '0'])
    await untilListening(program)
    expect(program.written.error).toBe('')
    program.signal('SIGINT')
    expect(await program.exit).toBe(0)
  },
  patienceMs,
)

test(
  'a stream under way is finished before the gateway stops',
  async () => {
    const program = start(['--port', '0'])
    const address = await untilListening(program)
    const response = await fetch(`${address}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({
        model: 'sim/lorem?tokens=30&delay=20ms',
        stream: true,
        messages: [{ role: 'user', content: 'Go on.' }],
      }),
    })
    program.signal('SIGTERM')
    expect(await response.text()).toMatch(/data: \[DONE\]\n\n$/)
    expect(await program.exit).toBe(0)
  },
  patienceMs,
)

test(
  'npm start is the same, and when npm is told to stop nothing of it is left',
  async () => {
    const program = startProgram('npm', ['start', '--', '--port', '0'], {
      folder: house.folder,
      variables: { HOME: homes.folder, npm_config_update_notifier: 'false' },
    })
    running.add(program)
    const address = await untilListening(program)
    const isAnswered = () =>
      fetch(`${address}/livez`).then(
        ({ ok }) => ok,
        () => false,
      )
    expect(await isAnswered()).toBe(true)
    program.signal('SIGTERM')
    await program.exit
    await expect.poll(isAnswered, { timeout: 30_000 }).toBe(false)
  },
  patienceMs,
)

describe('the simulator, with no key and no network', () => {
  let address: string
  let program: Program

  const city = {
    type: 'object',
    additionalProperties: false,
    properties: { city: { type: 'string' } },
    required: ['city'],
  }
  const question = [{ role: 'user', content: 'What is the weather in Oslo?' }]
  const chat = {
    path: chatPaths['openai-chat'],
    tools: {
      tools: [{ type: 'function', function: { name: 'get_weather', parameters: city } }],
    },
    schema: {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'c', strict: true, schema: city },
      },
    },
  }
  const messages = {
    path: chatPaths.anthropic,
    tools: { max_tokens: 200, tools: [{ name: 'get_weather', input_schema: city }] },
    schema: { max_tokens: 200, output_config: { format: { type: 'json_schema', schema: city } } },
  }
  const post = async (path: string, body: object) => {
    const answer = await ask(address, path, { messages: question, ...body })
    expect(answer.status, answer.text).toBe(200)
    return answer
  }

  // One gateway for all: it is left running by the hook that ends what a test has started.
  beforeAll(async () => {
    program = start(['--port', '0'])
    running.delete(program)
    address = await untilListening(program)
  }, patienceMs)
  afterAll(() => stop(program))

  test('streams to a client of either dialect, piece by piece', async () => {
    const body = { model: 'sim/lorem?tokens=20', stream: true, max_tokens: 100 }
    for (const dialect of ['openai-chat', 'anthropic'] as const) {
      const answer = await post(chatPaths[dialect], body)
      expect(answer.isStream).toBe(true)
      expect(checkFrames(dialect, answer)).toEqual([])
      expect(readSse(answer.text).length).toBeGreaterThan(15)
    }
  })

  test('calls tools for a client that speaks OpenAI Chat', async () => {
    const { text } = await post(chat.path, { model: 'sim/tools', ...chat.tools })
    const { message, finish_reason: finish } = JSON.parse(text).choices[0]
    expect(finish).toBe('tool_calls')
    expect(message.tool_calls[0].function.name).toBe('get_weather')
    expect(JSON.parse(message.tool_calls[0].function.arguments)).toEqual({
      city: expect.any(String),
    })
  })

  test('calls tools for a client that speaks Anthropic Messages', async () => {
    const { text } = await post(messages.path, { model: 'sim/tools', ...messages.tools })
    const { content, stop_reason: reason } = JSON.parse(text)
    expect(reason).toBe('tool_use')
    expect(content.at(-1)).toMatchObject({
      type: 'tool_use',
      name: 'get_weather',
      input: { city: expect.any(String) },
    })
  })

  test('answers with JSON that fits a schema, in either dialect', async () => {
    const chatted = await post(chat.path, { model: 'sim', ...chat.schema })
    const told = await post(messages.path, { model: 'sim', ...messages.schema })
    const texts = [
      JSON.parse(chatted.text).choices[0].message.content,
      JSON.parse(told.text).content[0].text,
    ]
    for (const text of texts) expect(JSON.parse(text)).toEqual({ city: expect.any(String) })
  })

  test('is listed, and the gateway says that it is well', async () => {
    const list = (await (await fetch(`${address}/v1/models`)).json()) as { data: { id: string }[] }
    expect(list.data.map(({ id }) => id)).toEqual(expect.arrayContaining(['auto', 'sim/echo']))
    const health = await (await fetch(`${address}/health`)).json()
    expect(health).toMatchObject({ status: 'ok', providers: 1 })
  })
})

describe('what goes wrong at first', () => {
  test(
    'a port that is taken is named, with the ways to another',
    async () => {
      const other = createServer().listen(0, '127.0.0.1')
      await new Promise((resolve) => other.once('listening', resolve))
      const { port } = other.address() as AddressInfo
      const program = start(['--port', String(port)])
      expect(await program.exit).toBe(1)
      expect(program.written.error).toContain(
        `Port ${port} on 127.0.0.1 is taken by another program; stop that, or choose another with --port`,
      )
      expect(program.written).toMatchObject({ out: '' })
      expect(program.written.error).not.toContain('    at ')
      await new Promise((resolve) => other.close(resolve))
    },
    patienceMs,
  )

  test(
    'everything wrong in the configuration is told at once, with file and line',
    async () => {
      writeFileSync(
        join(house.folder, 'broken.toml'),
        '[server]\nprot = 9000\n\n[routes.fast]\ntargets = ["slowpoke"]\n',
      )
      const program = start(['--config', 'broken.toml', '--port', '0'])
      expect(await program.exit).toBe(1)
      expect(program.written.error.trim().split('\n')).toEqual([
        'broken.toml:2: server.prot is not a known key (did you mean "port"?)',
      ])

      writeFileSync(
        join(house.folder, 'broken.toml'),
        '[routes.fast]\ntargets = ["slowpoke", 3]\n[',
      )
      const torn = start(['--config', 'broken.toml', '--port', '0'])
      expect(await torn.exit).toBe(1)
      expect(torn.written.error).toMatch(/^broken\.toml:3: this line is not valid TOML/)
      expect(torn.written.error).not.toContain('    at ')
    },
    patienceMs,
  )

  test(
    'a flag nobody knows is wrong use: exit code 2, and the way to the list',
    async () => {
      const program = start(['--prot', '9000'])
      expect(await program.exit).toBe(2)
      expect(program.written.error).toMatch(/unknown option ["']--prot["']/)
      expect(program.written.error).toContain('--port')
    },
    patienceMs,
  )
})

test(
  'no key is ever written, whatever is asked, refused or logged',
  async () => {
    const secrets = {
      OPENAI_API_KEY: 'sk-proj-Zq81hXw0aaPP',
      ANTHROPIC_API_KEY: 'sk-ant-Tk52mBv9bbQQ',
      DRAGOMAN_API_KEY: 'client-Lr37nYc6ccRR',
      TEAM_TOKEN: 'team-Jd64fGs2ddSS',
    }
    // Refuses each key and repeats it, as providers do.
    const other = createServer(({ headers: { authorization } }, response) => {
      response.writeHead(401, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message: `Incorrect: ${authorization}` } }))
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    writeFileSync(
      join(house.folder, 'keys.toml'),
      `[providers.lab]
dialect = "openai-chat"
base_url = "http://127.0.0.1:${port}"
api_key = "literal-Wp19kHn4eeTT"
headers = { "x-team" = "env:TEAM_TOKEN" }
default_model = "m"
[providers.openai]
base_url = "http://127.0.0.1:${port}"
`,
    )
    for (const format of ['console', 'json']) {
      const words = ['--port', '0', '--config', 'keys.toml', '--log-level', 'trace']
      const program = start(
        [...words, '--log-format', format, '--token', 'flag-Xb73rDm8ffUU'],
        secrets,
      )
      const address = await untilListening(program)
      const body = { model: 'openai/m', messages: [{ role: 'user', content: 'Hello' }] }
      const path = chatPaths['openai-chat']
      const key = { authorization: `Bearer ${secrets.DRAGOMAN_API_KEY}` }
      const answers = [
        await ask(address, path, body, key),
        await ask(address, path, { ...body, model: 'lab' }, key),
        await ask(address, path, body, { authorization: 'Bearer guessed-Vc28' }),
        await ask(address, path, { ...body, model: 7 }, { 'x-api-key': 'flag-Xb73rDm8ffUU' }),
      ]
      expect(answers.map(({ status }) => status)).toEqual([502, 502, 401, 400])
      await stop(program)
      const { out, error } = program.written
      const told = out + error + answers.map(({ text, headers }) => text + JSON.stringify(headers))
      expect(error).toContain('provider_auth_failed')
      for (const value of [...Object.values(secrets), 'literal-Wp19kHn4eeTT', 'flag-Xb73rDm8ffUU'])
        expect(told, value.slice(0, 8)).not.toContain(value)
    }
    await new Promise((resolve) => other.close(resolve))
  },
  patienceMs,
)
