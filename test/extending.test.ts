// Adds a provider, an adaptation, a plugin and a strategy to a copy of the project, each as one file and
// one line in a list, and holds the copy to what holds the project.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FakeUpstream, startFakeUpstream } from '../src/testing/index.ts'
import { ask } from './support/ask.ts'
import { copyProject, type Place, root } from './support/copy-project.ts'
import { type Member, members } from './support/extending-members.ts'
import { type Program, runNode, startProgram, untilListening } from './support/run-program.ts'

const patienceMs = 120_000

let house: Place
let upstream: FakeUpstream
const running: Program[] = []

const listOf = ({ room }: Member): string => `src/${room}/index.ts`
const fileOf = ({ room, file }: Member): string => `src/${room}/${file}`
const read = (path: string): string => readFileSync(join(house.folder, path), 'utf8')
const write = (path: string, text: string): void => writeFileSync(join(house.folder, path), text)

beforeAll(async () => {
  house = copyProject()
  upstream = await startFakeUpstream()
  for (const member of members) {
    write(fileOf(member), member.text)
    write(listOf(member), withEntry(read(listOf(member)), member))
  }
}, patienceMs)

afterAll(async () => {
  for (const program of running) {
    program.signal('SIGKILL')
    await program.exit
  }
  await upstream.close()
  house.remove()
})

/** The list with one more import and one more entry, as its author would write them. */
function withEntry(list: string, { file, entry, before }: Member): string {
  const end = list.indexOf('\n', list.lastIndexOf('\nimport ') + 1)
  const named = `${list.slice(0, end)}\nimport { ${entry} } from './${file}'${list.slice(end)}`
  if (before) return named.replace(`\n  ${before},`, `\n  ${entry},\n  ${before},`)
  return named.endsWith(',\n]\n')
    ? named.replace(/\]\n$/, `  ${entry},\n]\n`)
    : named.replace(/\]\n$/, `, ${entry}]\n`)
}

const tool = (script: string, ...words: readonly string[]) =>
  runNode([join('node_modules', script), ...words], { folder: house.folder })

test('each takes one file, one import and one entry, and nothing else is touched', () => {
  for (const member of members) {
    const before = readFileSync(join(root, listOf(member)), 'utf8').split('\n')
    const after = read(listOf(member)).split('\n')
    const added = after.filter((line) => !before.includes(line))
    expect(added, listOf(member)).toEqual([
      `import { ${member.entry} } from './${member.file}'`,
      expect.stringMatching(new RegExp(`\\b${member.entry}(,|\\])`)),
    ])
  }
})

test(
  'the compiler, the formatter and the linter take them as they are',
  async () => {
    const files = members.flatMap((member) => [fileOf(member), listOf(member)])
    write('tsconfig.house.json', '{ "extends": "./tsconfig.json", "include": ["src"] }')
    const [types, lint] = await Promise.all([
      tool('typescript/bin/tsc', '-p', 'tsconfig.house.json'),
      tool('@biomejs/biome/bin/biome', 'check', '--write', '--error-on-warnings', ...files),
    ])
    expect(types).toMatchObject({ exit: 0, out: '' })
    expect(lint, lint.error).toMatchObject({ exit: 0 })
  },
  patienceMs,
)

test(
  'the walls stand, and all that the checks still ask for is a line in the docs',
  async () => {
    const before = await findings(root)
    const asked = members.map(({ page, name }) => `${page} does not mention \`${name}\``)
    const found = (await findings(house.folder)).filter((line) => !before.includes(line))
    expect(found.map((line) => line.replace(/^\S+: /, ''))).toEqual(expect.arrayContaining(asked))
    expect(found).toHaveLength(asked.length)

    for (const { page, line, after } of members) {
      const rows = read(page).split('\n')
      const place = rows.findIndex((row) => row.startsWith(after))
      expect(place, `${page} has no row ${after}`).toBeGreaterThan(0)
      write(page, rows.toSpliced(place + 1, 0, line).join('\n'))
    }
    expect((await findings(house.folder)).filter((line) => !before.includes(line))).toEqual([])
  },
  patienceMs,
)

/** What the project's own checks find in a folder. */
async function findings(folder: string): Promise<readonly string[]> {
  const script = `
    import { loadProject } from './scripts/checks/project.mjs'
    const names = ['boundaries', 'sizes', 'bans', 'paths', 'links', 'lists', 'errors']
    const project = loadProject('.')
    const failures = []
    for (const name of names) failures.push(...(await import(\`./scripts/checks/\${name}.mjs\`)).check(project).failures)
    console.log(JSON.stringify(failures))`
  const { out, error } = await runNode(['--input-type=module', '--eval', script], { folder })
  expect(error).toBe('')
  return JSON.parse(out) as readonly string[]
}

test(
  'the suites over the lists hold the new members to their contracts, and stay green',
  async () => {
    const own = members.map(({ name }) => name).join('|')
    const runs = await Promise.all([
      runSuites('lists.json', [
        'src/providers/providers.test.ts',
        'src/plugins/plugins.test.ts',
        'src/routing/strategies.test.ts',
        'src/config/validate.test.ts',
        'src/config/assemble.test.ts',
        'src/surfaces/cli/run.test.ts',
      ]),
      // Generated cases take their time: only those of the new member and of the list as a whole.
      runSuites('adapt.json', ['src/adapt/index.test.ts', '-t', `${own}|every|the whole list`]),
    ])
    const results = runs.flat()
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
    for (const { name } of members) {
      const held = results.filter(({ test: title }) => title.includes(` ${name} `))
      expect(held.length, `tests that hold ${name} to its contract`).toBeGreaterThan(2)
    }
  },
  patienceMs,
)

type SuiteResult = { readonly test: string; readonly status: string }

/** Runs these tests of the copy; the result of each that ran, and of each file. */
async function runSuites(name: string, words: readonly string[]): Promise<readonly SuiteResult[]> {
  const script = join('node_modules', 'vitest/vitest.mjs')
  const { error } = await runNode(
    [script, 'run', '--reporter=json', `--outputFile=${name}`, ...words],
    { folder: house.folder, variables: { CI: '1' } },
  )
  expect(error).toBe('')
  const { testResults } = JSON.parse(read(name)) as {
    readonly testResults: readonly {
      readonly name: string
      readonly status: string
      readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
    }[]
  }
  return testResults.flatMap((file) => [
    { test: file.name, status: file.status },
    ...file.assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ fullName, status }) => ({ test: fullName, status })),
  ])
}

test(
  'built and started, the gateway uses all four in one call',
  async () => {
    expect(await runNode(['scripts/build.mjs'], { folder: house.folder })).toMatchObject({
      exit: 0,
    })
    write(
      'dragoman.toml',
      `[routes.newest]
strategy = "last-first"
targets = ["sim/error", "cumulus"]
[plugins.deny-models]
models = ["sim/*", "secret"]
`,
    )
    const surroundings = {
      folder: house.folder,
      variables: { NIMBUS_API_KEY: 'key-of-nimbus', NIMBUS_BASE_URL: upstream.address },
    }
    const listed = await runNode(['dist/main.js', 'providers', '--json'], surroundings)
    expect(JSON.parse(listed.out)).toContainEqual(
      expect.objectContaining({ id: 'nimbus', isReady: true, keys: ['NIMBUS_API_KEY'] }),
    )

    const gateway = startProgram(process.execPath, ['dist/main.js', '--port', '0'], surroundings)
    running.push(gateway)
    const address = await untilListening(gateway)
    upstream.play({ body: answer })
    const answered = await ask(address, '/v1/chat/completions', {
      model: 'newest',
      seed: 7,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Well?' },
      ],
    })
    expect(answered.status).toBe(200)
    expect(answered.headers).toMatchObject({
      'x-router-provider': 'nimbus',
      'x-router-attempts': '1',
      'x-router-loss': 'emulated:seed',
    })
    expect(JSON.parse(answered.text)).toMatchObject({ choices: [{ message: { content: 'fine' } }] })
    const [sent] = upstream.requests
    expect(sent?.path).toBe('/v1/chat/completions')
    expect(sent?.headers.authorization).toBe('Bearer key-of-nimbus')
    expect(sent?.json).toMatchObject({ model: 'nimbus-large', temperature: 0 })
    expect(sent?.json).not.toHaveProperty('seed')

    const denied = await ask(address, '/v1/messages', {
      model: 'sim/echo',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'Well?' }],
    })
    expect(denied.status).toBe(403)
    expect(denied.text).toContain('denied by plugins.deny-models')
    expect(upstream.requests).toHaveLength(1)

    gateway.signal('SIGTERM')
    expect(await gateway.exit).toBe(0)
  },
  patienceMs,
)

const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_790_000_000,
  model: 'nimbus-large',
  choices: [{ index: 0, message: { role: 'assistant', content: 'fine' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
}
