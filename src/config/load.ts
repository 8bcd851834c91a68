// Finds and reads the configuration: command line over environment over `.env` over file. What a
// reload does again is all here and in `assemble`.

import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { ConfigError } from './config-error.ts'
import { type Environment, readEnvironment, type Trust } from './environment.ts'
import { type ConfigFile, createConfigSchema, type SchemaLists } from './schema.ts'
import { type Overrides, type Settings, toSettings } from './settings.ts'
import { type ConfigSource, parseConfig, validateConfig } from './validate.ts'

export type LoadRequest = {
  /** The working folder. */
  readonly folder: string
  /** A file named on the command line: it must exist, and what it says is trusted. */
  readonly configPath?: string
  readonly envFiles?: readonly string[]
  readonly overrides?: Overrides
}

/** Everything said by file, environment and command line, checked, before it becomes parts. */
export type Configuration = {
  readonly file: ConfigFile
  /** Undefined when there is no file. */
  readonly path?: string
  /** Relative `file:` secrets start here. */
  readonly folder: string
  readonly source: ConfigSource
  readonly trust: Trust
  readonly environment: Environment
  readonly overrides: Overrides
  readonly settings: Settings
}

/** Reads everything anew. Throws a ConfigError that names everything wrong. */
export function loadConfig(request: LoadRequest, lists: SchemaLists): Configuration {
  const environment = readEnvironment(request.folder, request.envFiles)
  const found = findFile(request, environment)
  const schema = createConfigSchema(lists)
  const source = found
    ? { name: shortName(found.path, request.folder), text: readFile(found.path) }
    : noSource
  const file = found ? parseConfig(source, schema) : {}
  const overrides = request.overrides ?? {}
  return {
    file,
    ...(found ? { path: found.path } : {}),
    folder: found ? dirname(found.path) : request.folder,
    source,
    trust: found?.trust ?? 'operator',
    environment,
    overrides,
    settings: toSettings({ file, environment, overrides }),
  }
}

/** A configuration from a table made in code, for programs that embed the gateway. */
export function toConfiguration(
  table: unknown,
  environment: Environment,
  lists: SchemaLists,
): Configuration {
  const file = validateConfig(table, { name: 'config', text: '' }, createConfigSchema(lists))
  return {
    file,
    folder: '.',
    source: { name: 'config', text: '' },
    trust: 'operator',
    environment,
    overrides: {},
    settings: toSettings({ file, environment, overrides: {} }),
  }
}

export const configFileName = 'dragoman.toml'

const noSource: ConfigSource = { name: 'configuration', text: '' }

/** Where a file is looked for, best first. */
export const searchPaths = (folder: string, environment: Environment): readonly string[] => [
  join(folder, configFileName),
  join(homedir(), `.${configFileName}`),
  join(
    environment.get('XDG_CONFIG_HOME')?.value ?? join(homedir(), '.config'),
    'dragoman',
    configFileName,
  ),
]

type FoundFile = { readonly path: string; readonly trust: Trust }

function findFile(request: LoadRequest, environment: Environment): FoundFile | undefined {
  if (request.configPath !== undefined)
    return { path: resolve(request.folder, request.configPath), trust: 'operator' }
  const paths = searchPaths(request.folder, environment)
  const path = paths.find((candidate) => existsSync(candidate))
  if (path === undefined) return undefined
  return { path, trust: path === paths[0] ? 'folder' : 'operator' }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    const reason =
      (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be read'
    const message = `${reason}; name a file that is there, or begin one with "dragoman config init"`
    throw new ConfigError([{ source: path, key: '', message }])
  }
}

const shortName = (path: string, folder: string): string =>
  dirname(path) === resolve(folder) ? basename(path) : path
