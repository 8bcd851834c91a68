import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import picocolors from 'picocolors'
import { parse } from 'smol-toml'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { builtIn } from '../../config/lists.ts'
import { createConfigSchema, toJsonSchema } from '../../config/schema.ts'
import { run } from './run.ts'

const plain = picocolors.createColors(false)

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dragoman-'))
  vi.stubEnv('HOME', folder)
  vi.stubEnv('XDG_CONFIG_HOME', '')
  const ours = /^(LLM_|DRAGOMAN_|RUST_LOG|[A-Z]+_(API_KEY|BASE_URL|MODEL)$)/
  for (const name of Object.keys(process.env)) if (ours.test(name)) vi.stubEnv(name, '')
  return () => vi.unstubAllEnvs()
})

function start(line: string) {
  const written = { out: '', error: '' }
  let stop = (): void => {}
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  const terminal = {
    out: (text: string) => {
      written.out += text
    },
    error: (text: string) => {
      written.error += text
    },
    colors: plain,
    errorColors: plain,
  }
  const words = line === '' ? [] : line.split(' ')
  const exit = run(words, { terminal, folder, untilStopped: () => stopped })
  return { written, stop, exit }
}

async function runOnce(line: string) {
  const { written, exit } = start(line)
  return { exitCode: await exit, ...written }
}

async function serve(line: string) {
  const serving = start(line)
  const address = await vi.waitFor(() => {
    const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(serving.written.out + serving.written.error)
    if (!found?.[1]) throw new Error(`not listening: ${serving.written.error}`)
    return found[0]
  })
  return { ...serving, address }
}

describe('exit codes', () => {
  test.each([
    ['--help', 0],
    ['-h', 0],
    ['--version', 0],
    ['models --help', 0],
    ['config show', 0],
    ['--nothing', 2],
    ['--port abc', 2],
    ['--log-level loud', 2],
    ['serv', 2],
    ['config', 2],
    ['config check nowhere.toml', 1],
    ['serve --provider nobody', 1],
    ['--host 0.0.0.0', 1],
  ])('%s → %i', async (line, exitCode) => {
    expect((await runOnce(line)).exitCode).toBe(exitCode)
  })
})

test('an unknown command is told with the nearest one, an unknown flag too', async () => {
  expect((await runOnce('modles')).error).toContain(
    '"modles" is no command (did you mean "models"?)',
  )
  expect((await runOnce('--prot 1')).error).toContain('"--prot" (did you mean --port?)')
  expect((await runOnce('config chek')).error).toContain('"chek" (did you mean check?)')
})

test('a word too many is named, and so is the command that does not take it', async () => {
  expect((await runOnce('serve models')).error).toContain('"serve" takes no "models"')
  expect((await runOnce('providers x')).error).toContain('"providers" takes no "x"')
  expect((await runOnce('config check a b')).error).toContain('"dragoman config check --help"')
})

test('the help of a command repeats the flags that matter to it, and no others', async () => {
  const models = (await runOnce('models -h')).out
  expect(models).toContain('--json')
  expect(models).not.toContain('--port')
  expect((await runOnce('help serve')).out).toContain('--port')
  expect((await runOnce('config init --help')).out).toContain('--force')
})

describe('serve', () => {
  test.each(['', 'serve ', 'server '])(
    '"%s" answers until stopped, and then the exit code is 0',
    async (verb) => {
      const { address, stop, exit, written } = await serve(`${verb}--port 0`)
      const answer = await fetch(`${address}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'sim', messages: [{ role: 'user', content: 'Hello' }] }),
      })
      expect(answer.status).toBe(200)
      expect(await answer.json()).toMatchObject({ object: 'chat.completion' })
      expect(written.out).toContain('no key and no local server was found')
      stop()
      expect(await exit).toBe(0)
      await expect(fetch(address)).rejects.toThrow()
    },
  )

  test('the line to paste is one that works', async () => {
    const { address, stop, exit, written } = await serve('--port 0')
    const [, url] = /curl (\S+) \\/.exec(written.out) ?? []
    const [, body] = /-d '(.+)'/.exec(written.out) ?? []
    expect(url).toBe(`${address}/v1/chat/completions`)
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url ?? '', { method: 'POST', headers, body: body ?? '' })
    expect(answer.status).toBe(200)
    stop()
    await exit
  })

  test('Go style flags before and after the verb work', async () => {
    writeFileSync(join(folder, 'c.toml'), '[server]\nstrict = true')
    const { address, stop, exit, written } = await serve(
      '-config c.toml server -port 0 -token secret-token',
    )
    const open = await fetch(`${address}/v1/models`)
    expect(open.status).toBe(401)
    const keyed = await fetch(`${address}/v1/models`, {
      headers: { authorization: 'Bearer secret-token' },
    })
    expect(keyed.status).toBe(200)
    stop()
    await exit
    expect(written.error).toContain('--token is shown by ps')
    expect(written.out + written.error).not.toContain('secret-token')
  })

  test('a taken port is named, with the ways to another', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    const { exitCode, error } = await runOnce(`--port ${port}`)
    expect(exitCode).toBe(1)
    expect(error).toContain(`Port ${port} on 127.0.0.1 is taken by another program`)
    expect(error).toContain('--port')
    await new Promise((resolve) => taken.close(resolve))
  })

  test('a change of the file is taken over; one that is not valid changes nothing and is told', async () => {
    const file = join(folder, 'dragoman.toml')
    writeFileSync(file, '[routes.first]\ntargets = ["sim"]')
    const { address, stop, exit, written } = await serve('--port 0')
    const routes = async () => {
      const { data } = (await (await fetch(`${address}/v1/models`)).json()) as {
        data: { id: string }[]
      }
      return data.map(({ id }) => id).filter((id) => ['first', 'second'].includes(id))
    }
    expect(await routes()).toEqual(['first'])
    writeFileSync(file, '[routes.second]\ntargets = ["sim"]')
    await vi.waitFor(async () => expect(await routes()).toEqual(['second']), { timeout: 5000 })
    writeFileSync(file, '[routes.second]\ntargets = ["sin"]')
    await vi.waitFor(
      () => expect(written.error).toContain('dragoman.toml:2: routes.second.targets[0]'),
      { timeout: 5000 },
    )
    expect(written.error).toContain('the one before stays in force')
    expect(await routes()).toEqual(['second'])
    stop()
    await exit
  })

  test('with the JSON log there is no banner', async () => {
    const { stop, exit, written } = await serve('--port 0 --log-format json')
    stop()
    await exit
    expect(written.out).toBe('')
    for (const line of written.error.trim().split('\n'))
      expect(JSON.parse(line)).toHaveProperty('msg')
  })
})

describe('lists', () => {
  test('models lists routes first, as a table and as JSON', async () => {
    writeFileSync(join(folder, 'dragoman.toml'), '[routes.fast]\ntargets = ["sim"]')
    const table = await runOnce('models')
    expect(table.out).toMatch(/^name +answered by\nfast +→ sim\//)
    const models = JSON.parse((await runOnce('models --json')).out) as {
      id: string
      kind: string
    }[]
    expect(models.filter(({ kind }) => kind === 'route').map(({ id }) => id)).toEqual([
      'fast',
      'auto',
    ])
    expect(models.some(({ id }) => id.startsWith('sim/'))).toBe(true)
  })

  test('an alias is told from a model by what it means', async () => {
    writeFileSync(
      join(folder, 'dragoman.toml'),
      '[providers.lab]\ndialect = "anthropic"\nbase_url = "http://x"\nmodels = ["m"]\naliases = { fast = "m" }',
    )
    expect((await runOnce('models')).out).toMatch(/^fast +→ lab\/m$/m)
    expect(JSON.parse((await runOnce('models --json')).out)).toContainEqual({
      id: 'fast',
      kind: 'alias',
      targets: ['lab/m'],
    })
  })

  test('providers shows who is ready and what the others lack, never a key', async () => {
    vi.stubEnv('GROQ_API_KEY', 'gsk-very-secret')
    const { out } = await runOnce('providers --json')
    const providers = JSON.parse(out) as {
      id: string
      isReady: boolean
      keys: string[]
      missing?: string
    }[]
    const find = (id: string) => providers.find((provider) => provider.id === id)
    expect(find('groq')).toMatchObject({ isReady: true, keys: ['GROQ_API_KEY'] })
    expect(find('openai')).toMatchObject({ isReady: false })
    expect(find('openai')?.missing).toContain('OPENAI_API_KEY')
    const table = (await runOnce('providers')).out
    expect(table).toMatch(/^groq +ready +GROQ_API_KEY/m)
    expect(table).toMatch(/^openai +no key +OPENAI_API_KEY +\S+ +api\.openai\.com$/m)
    expect(out + table).not.toContain('gsk-very-secret')
  })
})

describe('config', () => {
  test('check tells whether the file can be used, in words and in JSON', async () => {
    const file = join(folder, 'dragoman.toml')
    writeFileSync(file, '[server]\nport = 1')
    expect(await runOnce('config check')).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('dragoman.toml can be used'),
    })
    writeFileSync(file, '[providers.groq]\nweight = 2')
    expect((await runOnce('config check')).out).toContain('note: Provider "groq" has no key')
    writeFileSync(file, '[server]\nprot = 1')
    expect(await runOnce('config check')).toMatchObject({
      exitCode: 1,
      error: expect.stringContaining('dragoman.toml:2: server.prot'),
    })
    const { exitCode, out } = await runOnce('config check --json')
    expect(exitCode).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      isValid: false,
      problems: [{ line: 2, key: 'server.prot' }],
    })
  })

  test('show prints what is in effect, and no secret in any form', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'secret-1')
    vi.stubEnv('DRAGOMAN_API_KEY', 'secret-2')
    vi.stubEnv('TEAM_TOKEN', 'secret-3')
    writeFileSync(join(folder, 'key'), 'secret-4')
    writeFileSync(
      join(folder, 'dragoman.toml'),
      `[server]
api_keys = ["secret-5"]
[providers.lab]
base_url = "http://gpu.lan/v1"
dialect = "openai-chat"
api_keys = ["secret-6", "file:key"]
headers = { authorization = "secret-7", "x-team" = "env:TEAM_TOKEN" }
models = ["m"]
[routes.fast]
strategy = "least-busy"
targets = ["lab", { model = "lab/n", weight = 2 }]
`,
    )
    const shown = await runOnce(
      'config show --api-key secret-8 --provider openai --llm-api-key secret-9',
    )
    const json = await runOnce('config show --json')
    expect(shown.out + shown.error + json.out).not.toMatch(/secret-\d/)
    expect(parse(shown.out)).toMatchObject({
      server: {
        port: 8081,
        api_keys: expect.arrayContaining(['env:DRAGOMAN_API_KEY', '[secret]']),
      },
      providers: {
        lab: {
          base_url: 'http://gpu.lan/v1',
          api_keys: ['[secret]', 'file:key'],
          headers: { authorization: '[secret]', 'x-team': 'env:TEAM_TOKEN' },
        },
      },
      routes: { fast: { targets: ['lab/m', { model: 'lab/n', weight: 2 }] } },
    })
    expect(JSON.parse(json.out)).toMatchObject({
      providers: { openai: { api_keys: ['env:OPENAI_API_KEY'] } },
    })
  })

  test('show writes sizes as people do, and a key that is not set as the file has it', async () => {
    writeFileSync(
      join(folder, 'dragoman.toml'),
      '[server]\nmax_body = "1000B"\n[providers.openai]\napi_keys = ["env:NOT_SET", "  "]',
    )
    const { out } = await runOnce('config show')
    expect(parse(out)).toMatchObject({
      server: { max_body: '1000B' },
      providers: { openai: { api_keys: ['env:NOT_SET', '[secret]'] } },
    })
    expect(out).toMatch(/[^\n]\n$/)
    writeFileSync(join(folder, 'dragoman.toml'), '')
    expect(parse((await runOnce('config show')).out)).toMatchObject({
      server: { max_body: '32MiB' },
    })
  })

  test('show has what a variable or another spelling of a provider says', async () => {
    vi.stubEnv('OPENAI_BASE_URL', 'http://moved.example/v1')
    vi.stubEnv('OPENAI_API_KEY', 'k')
    writeFileSync(
      join(folder, 'dragoman.toml'),
      '[providers.claude]\nbase_url = "http://near.example"\ndeny = ["x"]\napi_key = "env:NEAR_KEY"',
    )
    expect(parse((await runOnce('config show')).out)).toMatchObject({
      providers: {
        openai: { base_url: 'http://moved.example/v1' },
        anthropic: {
          base_url: 'http://near.example',
          deny: ['x'],
          api_keys: ['env:NEAR_KEY'],
        },
      },
    })
    expect((await runOnce('providers')).out).toMatch(/^anthropic +no key +NEAR_KEY /m)
  })

  test('what show prints is itself a configuration that can be used', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'k')
    writeFileSync(join(folder, 'shown.toml'), (await runOnce('config show')).out)
    expect(await runOnce('config check shown.toml')).toMatchObject({ exitCode: 0, error: '' })
  })

  test('schema is a JSON Schema', async () => {
    const { exitCode, out } = await runOnce('config schema')
    expect(exitCode).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      $schema: expect.stringContaining('json-schema'),
      type: 'object',
    })
  })

  test('init writes a file that can be used, and never over another', async () => {
    expect((await runOnce('config init')).exitCode).toBe(0)
    expect((await runOnce('config check')).exitCode).toBe(0)
    writeFileSync(join(folder, 'dragoman.toml'), '# mine')
    expect(await runOnce('config init')).toMatchObject({
      exitCode: 1,
      error: expect.stringContaining('is here already'),
    })
    expect(readFileSync(join(folder, 'dragoman.toml'), 'utf8')).toBe('# mine')
    expect((await runOnce('config init --force')).exitCode).toBe(0)
  })

  test('the example names every key, and with every line in force it can be used', async () => {
    const example = readFileSync(new URL('../../../dragoman.example.toml', import.meta.url), 'utf8')
    const inForce = example.replace(/^# (?=\[|[a-z_]+ = )/gm, '')
    writeFileSync(join(folder, 'dragoman.toml'), inForce)
    expect(await runOnce('config check')).toMatchObject({ exitCode: 0, error: '' })
    // What a plugin takes stands where the plugin is told of, so that to add one is no edit here.
    const { plugins: _plugins, ...sections } = toJsonSchema(createConfigSchema(builtIn))[
      'properties'
    ] as Record<string, unknown>
    for (const key of keysOf({ properties: sections }))
      expect(inForce, key).toMatch(new RegExp(`(^|[\\s{.,[])${key}( =|\\]|\\.)`, 'm'))
  })
})

/** Every key of every table of a JSON Schema. */
function keysOf(outline: unknown): readonly string[] {
  if (typeof outline !== 'object' || outline === null) return []
  const { properties = {}, additionalProperties, anyOf, items } = outline as Record<string, unknown>
  const named = Object.entries(properties as Record<string, unknown>)
  return [
    ...named.flatMap(([key, inner]) => [key, ...keysOf(inner)]),
    ...[additionalProperties, items, ...(Array.isArray(anyOf) ? anyOf : [])].flatMap(keysOf),
  ]
}
