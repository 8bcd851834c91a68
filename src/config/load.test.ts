import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { ConfigError } from './config-error.ts'
import { createEnvironment } from './environment.ts'
import { builtIn } from './lists.ts'
import { loadConfig, toConfiguration } from './load.ts'

const createFolder = (): string => mkdtempSync(join(tmpdir(), 'dragoman-'))

const write = (port: number, ...path: readonly string[]): string => {
  const file = join(...path)
  writeFileSync(file, `[server]\nport = ${port}\n`)
  return file
}

let home: string

beforeEach(() => {
  home = createFolder()
  vi.stubEnv('HOME', home)
  vi.stubEnv('XDG_CONFIG_HOME', '')
  vi.stubEnv('LLM_ROUTER_PORT', '')
  return () => vi.unstubAllEnvs()
})

test('the file is the one named, else that of the working folder, of home, of the configuration home', () => {
  const folder = createFolder()
  const load = (configPath?: string) =>
    loadConfig({ folder, ...(configPath === undefined ? {} : { configPath }) }, builtIn)
  expect(load()).toMatchObject({ settings: { port: 8081 }, trust: 'operator' })
  expect(load().path).toBeUndefined()

  mkdirSync(join(home, '.config', 'dragoman'), { recursive: true })
  write(4, home, '.config', 'dragoman', 'dragoman.toml')
  expect(load()).toMatchObject({ settings: { port: 4 }, trust: 'operator' })

  const configHome = createFolder()
  vi.stubEnv('XDG_CONFIG_HOME', configHome)
  mkdirSync(join(configHome, 'dragoman'))
  write(3, configHome, 'dragoman', 'dragoman.toml')
  expect(load().settings.port).toBe(3)

  write(2, home, '.dragoman.toml')
  expect(load().settings.port).toBe(2)

  write(1, folder, 'dragoman.toml')
  expect(load()).toMatchObject({ settings: { port: 1 }, trust: 'folder' })

  write(9, folder, 'other.toml')
  expect(load('other.toml')).toMatchObject({
    settings: { port: 9 },
    trust: 'operator',
    source: { name: 'other.toml' },
  })
  expect(load('dragoman.toml').trust).toBe('operator')
})

test('a named file that is not there stops the start and says what to do', () => {
  const folder = createFolder()
  expect(() => loadConfig({ folder, configPath: 'nowhere.toml' }, builtIn)).toThrow(
    /nowhere\.toml: does not exist; name a file that is there/,
  )
})

test('a program gives its configuration as a table', () => {
  const environment = createEnvironment({})
  const { settings } = toConfiguration({ server: { port: 7 } }, environment, builtIn)
  expect(settings.port).toBe(7)
  expect(() => toConfiguration({ server: { prot: 7 } }, environment, builtIn)).toThrow(
    new ConfigError([
      {
        source: 'config',
        key: 'server.prot',
        message: 'is not a known key (did you mean "port"?)',
      },
    ]),
  )
})
