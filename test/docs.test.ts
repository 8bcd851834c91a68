// What the pages show works as it is shown: calls, commands, configurations, programs.

import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import * as testing from '../src/testing/index.ts'
import { checkFrames } from './support/ask.ts'
import { makePlace, type Place, root } from './support/copy-project.ts'
import { type Block, blocksIn, codeWords, pages, shownCommands } from './support/docs-blocks.ts'
import { differencesOf } from './support/docs-shape.ts'
import { runCommand } from './support/run-command.ts'
import { runNode } from './support/run-program.ts'
import { runShell } from './support/run-shell.ts'
import { startGateway, type TestGateway } from './support/start-gateway.ts'

const patienceMs = 120_000

let gateway: TestGateway
const places: Place[] = []

beforeAll(async () => {
  gateway = await startGateway({})
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await gateway.expectIdle()
})
afterAll(async () => {
  await gateway.close()
  for (const place of places) place.remove()
})

function makeFolder(): string {
  const place = makePlace()
  places.push(place)
  return place.folder
}

describe('calls', () => {
  const calls = blocksIn('sh').filter(([, { text }]) => text.includes('curl '))
  const callOn = (page: string): Block => {
    const found = calls.find(([, block]) => block.page === page)
    if (!found) throw new Error(`${page} shows no call`)
    return found[1]
  }
  const pointed = ({ text }: Block): string =>
    text.replaceAll('http://127.0.0.1:8081', gateway.address)

  test('the first page shows them for both dialects, streamed too', () => {
    const shown = calls.filter(([, { page }]) => page === 'README.md').map(([, { text }]) => text)
    for (const part of ['/v1/chat/completions', '/v1/messages', '"stream": true', '"tools"'])
      expect(shown.join('')).toContain(part)
  })

  test.each(calls)('%s', async (_name, block) => {
    const { exit, status, out } = await runShell(pointed(block))
    expect(exit).toBe(0)
    // A call that has the simulator fail says with which status.
    expect(status, out).toBe(Number(/status=(\d+)/.exec(block.text)?.[1] ?? 200))
    if (block.text.includes('"stream": true')) {
      const dialect = block.text.includes('/v1/messages') ? 'anthropic' : 'openai-chat'
      const bytes = new TextEncoder().encode(out)
      const answer = { status, headers: {}, bytes, text: out, isStream: true, isBroken: false }
      expect(checkFrames(dialect, answer)).toEqual([])
      return
    }
    const shown = ['json', 'console'].includes(block.next?.language ?? '') ? block.next?.text : '{}'
    expect(differencesOf(JSON.parse(shown ?? '{}'), JSON.parse(out))).toEqual([])
  })

  test('without curl the stand-in asks the same', async () => {
    const block = callOn('README.md')
    const own = await runShell(pointed(block))
    const other = await runShell(pointed(block), 'stand-in')
    expect(other).toMatchObject({ exit: own.exit, status: own.status })
    expect(differencesOf(JSON.parse(own.out).choices[0], JSON.parse(other.out).choices[0])).toEqual(
      [],
    )
  })

  test('the error that docs/errors.md shows is the one an unknown model gets', async () => {
    const [[, shown] = []] = blocksIn('json').filter(([, { page }]) => page === 'docs/errors.md')
    const answer = await fetch(`${gateway.address}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'gpt-9', messages: [{ role: 'user', content: 'Hello!' }] }),
    })
    expect(answer.status).toBe(404)
    expect(differencesOf(JSON.parse(shown?.text ?? ''), await answer.json())).toEqual([])
  })
})

describe('commands', () => {
  const commands = shownCommands()
  const titled = commands.map((command) => {
    const given = Object.keys(command.variables).map((name) => `${name}=… `)
    return [`${given.join('')}dragoman ${command.words.join(' ')}`, command] as const
  })
  const verbs = new Set(commands.map(({ words: [verb = 'serve'] }) => verb))

  test('every command is shown somewhere', () => {
    expect([...verbs]).toEqual(expect.arrayContaining(['serve', 'models', 'providers', 'config']))
  })

  test.each(titled)('%s', async (_title, { words, variables }) => {
    const folder = makeFolder()
    const isInit = words.join(' ') === 'config init'
    if (!isInit) expect((await runCommand(['config', 'init'], folder)).exit).toBe(0)
    const given = words
      .filter((word, position) => word !== '--port' && words[position - 1] !== '--port')
      .map((word) => (word === 'file' ? 'dragoman.toml' : word))
    const [verb = 'serve'] = given
    const all = verb === 'serve' || verb.startsWith('-') ? [...given, '--port', '0'] : given
    const { exit, error } = await runCommand(all, folder, variables)
    expect(exit, error).toBe(0)
  })

  test('the scripts of npm that pages name are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>
    }
    const text = pages.map((page) => page.text).join('\n')
    const named = [...text.matchAll(/\bnpm (?:run ([\w:]+)|(start|test))(?![\w-])/g)]
    expect(named.length).toBeGreaterThan(5)
    for (const [command, script = '', short = ''] of named)
      expect(scripts, command).toHaveProperty([script || short])
  })

  test('every flag is on the page of the command line, and every flag on the pages is one', async () => {
    const { out } = await runCommand(['--help'], makeFolder())
    const flags = [...out.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm)].map(([, short, long]) =>
      [short, long].filter((flag) => flag !== undefined),
    )
    const page = pages.find(({ path }) => path === 'docs/configuration.md')?.text ?? ''
    expect(flags.length).toBeGreaterThan(10)
    const untold = flags.filter(
      (names) => !names.some((name) => new RegExp(`\`${name}[\` ]`).test(page)),
    )
    expect(untold).toEqual([])
    const named = codeWords.filter((word) => /^--[a-z]/.test(word))
    const known = flags.flat()
    expect(named.filter((word) => !known.includes(word.split(/[ ,=]/)[0] ?? ''))).toEqual([])
  })
})

describe('configurations', () => {
  test.each(blocksIn('toml'))('%s', async (_name, { text }) => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'dragoman.toml'), text)
    const { exit, error, out } = await runCommand(['config', 'check'], folder)
    expect(exit, error).toBe(0)
    expect(out).toContain('dragoman.toml can be used')
  })

  test('the error that docs/configuration.md shows is the one a misspelt key gets', async () => {
    const shown = blocksIn('').find(([, { text }]) => text.startsWith('dragoman.toml:'))?.[1]
    const folder = makeFolder()
    writeFileSync(join(folder, 'dragoman.toml'), '[server]\nhost = "127.0.0.1"\nprot = 9000\n')
    const { exit, error } = await runCommand(['config', 'check'], folder)
    expect(exit).toBe(1)
    expect(error.trim()).toBe(shown?.text.trim())
  })
})

describe('the library', () => {
  const programs = blocksIn('ts').filter(([, { page }]) => page === 'docs/library.md')
  const consumer = makePlace()
  places.push(consumer)
  const inConsumer = (path: string): string => join(consumer.folder, path)

  /** A program's folder with the package in it as it is published, and what the package needs. */
  beforeAll(async () => {
    const home = inConsumer('node_modules/dragoman')
    mkdirSync(home, { recursive: true })
    cpSync(join(root, 'package.json'), join(home, 'package.json'))
    symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'), 'junction')
    for (const name of ['zod', '@types'])
      symlinkSync(join(root, 'node_modules', name), inConsumer(`node_modules/${name}`), 'junction')
    const { exit, out } = await compile(root, 'tsconfig.build.json', '--outDir', join(home, 'dist'))
    expect(out).toBe('')
    expect(exit).toBe(0)
  }, patienceMs)

  const compile = (folder: string, project: string, ...words: readonly string[]) =>
    runNode([join(root, 'node_modules/typescript/bin/tsc'), '-p', project, ...words], { folder })

  function write(path: string, text: string): void {
    mkdirSync(dirname(inConsumer(path)), { recursive: true })
    writeFileSync(inConsumer(path), text)
  }

  test(
    'the programs on its page compile against the published package, and do what they say',
    async () => {
      const [first, second] = programs.map(([, { text }]) => text)
      write('package.json', '{ "type": "module" }')
      write(
        'tsconfig.json',
        JSON.stringify({
          compilerOptions: { strict: true, module: 'NodeNext', target: 'ES2023', types: ['node'] },
        }),
      )
      write('first.ts', first ?? '')
      write('second.ts', `${second}\n${triesADeniedModel}`)
      // Types that are lost on the way would let everything pass, this too.
      write(
        'wrong.ts',
        `import { createGateway } from 'dragoman'\n// @ts-expect-error a number is no configuration\ncreateGateway(5)\n`,
      )
      const { exit, out } = await compile(consumer.folder, 'tsconfig.json', '--skipLibCheck')
      expect(out).toBe('')
      expect(exit).toBe(0)

      const upstream = await testing.startFakeUpstream({ body: message })
      const variables = { ANTHROPIC_API_KEY: 'a-key', CLAUDE_BASE_URL: upstream.address }
      const asked = await runNode(['first.js'], { folder: consumer.folder, variables })
      await upstream.close()
      expect(asked, asked.error).toMatchObject({ exit: 0, error: '' })
      expect(asked.out).toContain("object: 'chat.completion'")
      expect(upstream.requests[0]?.headers['x-api-key']).toBe('a-key')

      const denied = await runNode(['second.js'], { folder: consumer.folder })
      expect(denied, denied.error).toMatchObject({ exit: 0, error: '' })
      expect(denied.out.trim()).toBe('403 200')
    },
    patienceMs,
  )

  test('what its page names of the test kit is there', () => {
    const text = pages.find(({ path }) => path === 'docs/library.md')?.text ?? ''
    const section = text.slice(text.indexOf('`dragoman/testing`'))
    const named = [...section.matchAll(/`([a-z]+[A-Z]\w*)`/g)].map(([, name = '']) => name)
    expect(named.length).toBeGreaterThan(5)
    for (const name of named) expect(testing).toHaveProperty(name)
  })
})

const triesADeniedModel = `
const statusOf = async (model: string) => {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello!' }] })
  const url = 'http://localhost/v1/chat/completions'
  return (await gateway.fetch(new Request(url, { method: 'POST', body }))).status
}
console.log(await statusOf('sim/error'), await statusOf('sim/echo'))
await gateway.close()
`

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'some-model',
  content: [{ type: 'text', text: 'Hello to you!' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 4 },
}
