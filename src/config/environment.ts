// The variables of the process and of `.env` files, each knowing where it came from: how far a value
// is trusted depends on who wrote it.

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { ConfigError } from './config-error.ts'

/** `operator`: set on purpose by who runs this. `folder`: merely found in the working folder. */
export type Trust = 'operator' | 'folder'

export type Variable = {
  readonly name: string
  readonly value: string
  readonly trust: Trust
  /** As people say it: `the environment` or the file's name. */
  readonly from: string
}

export type Environment = {
  /** The variable's value, unless it is unset or empty. */
  get(name: string): Variable | undefined
  /** What was ignored on look-up, and why; complete only after everything was looked up. */
  readonly notices: readonly string[]
}

type Variables = Readonly<Record<string, string | undefined>>

export type EnvironmentFile = {
  readonly name: string
  readonly variables: Variables
  readonly trust: Trust
}

// A folder somebody else filled must not move our keys to another host, open us to the network or
// let code run.
const isPowerful = (name: string): boolean =>
  /_(BASE_URL|URL|HOST|ENDPOINT|PROXY|EXEC_ENABLED)$/.test(name)

/** Variables of the process, then of `files` in order; the first that is set wins. */
export function createEnvironment(
  variables: Variables,
  files: readonly EnvironmentFile[] = [],
): Environment {
  const notices: string[] = []
  const processFile = { name: 'the environment', variables, trust: 'operator' } as const

  const refuse = (name: string, file: string): void => {
    const notice = `${name} in ${file} is ignored: a file found in the working folder sets no addresses; name it with --env-file ${file} to allow it`
    if (!notices.includes(notice)) notices.push(notice)
  }

  return {
    notices,
    get: (name) => {
      for (const { name: from, variables: held, trust } of [processFile, ...files]) {
        const value = held[name]
        if (value === undefined || value.trim() === '') continue
        if (trust === 'folder' && isPowerful(name)) refuse(name, from)
        else return { name, value: value.trim(), trust, from }
      }
      return undefined
    },
  }
}

/**
 * The environment of this process with `.env` of the folder behind it. Files in `named` go before it,
 * the last one first. Throws a ConfigError when a named file cannot be read.
 */
export function readEnvironment(
  folder: string,
  named: readonly string[] = [],
  variables: Variables = process.env,
): Environment {
  const files = named.toReversed().map((name): EnvironmentFile => {
    const text = readText(resolve(folder, name))
    if (text === undefined) {
      const message = 'cannot be read; --env-file needs a file of NAME=value lines'
      throw new ConfigError([{ source: name, key: '', message }])
    }
    return { name, variables: parseEnv(text), trust: 'operator' }
  })
  const found = readText(join(folder, '.env'))
  if (found === undefined) return createEnvironment(variables, files)
  const folderFile = { name: '.env', variables: parseEnv(found), trust: 'folder' } as const
  return createEnvironment(variables, [...files, folderFile])
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
