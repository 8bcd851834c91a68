// `dragoman config …`: checks, shows, describes and starts a configuration file.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'smol-toml'
import { ConfigError } from '../../config/config-error.ts'
import { builtIn } from '../../config/lists.ts'
import { configFileName, type LoadRequest } from '../../config/load.ts'
import { createConfigSchema, toJsonSchema } from '../../config/schema.ts'
import { createGatewayServices } from '../../config/services.ts'
import { toShownConfig } from '../../config/show.ts'
import { loadParts } from '../../config/start.ts'
import { toJson } from './list-commands.ts'
import { CommandError, type Terminal } from './terminal.ts'

type Printing = { readonly isJson: boolean; readonly terminal: Terminal }

/** Tells whether the configuration can be used. Throws a ConfigError when not, unless JSON is asked for. */
export function checkConfig(request: LoadRequest, { isJson, terminal }: Printing): number {
  try {
    const { configuration, notices, parts } = loadParts(request, createGatewayServices())
    const auto = parts.routes.get('auto')
    const targets = auto?.targets.map(({ id }) => id) ?? []
    if (isJson) {
      terminal.out(toJson({ isValid: true, file: configuration.path, auto: targets, notices }))
      return 0
    }
    const subject =
      configuration.path === undefined ? 'No file: the defaults' : configuration.source.name
    const { green, yellow } = terminal.colors
    terminal.out(`${subject} ${green('can be used')}\n`)
    terminal.out(`auto: ${targets.join(', ')} (${auto?.reason})\n`)
    for (const notice of notices) terminal.out(`${yellow('note:')} ${notice}\n`)
    return 0
  } catch (thrown) {
    if (!isJson || !(thrown instanceof ConfigError)) throw thrown
    terminal.out(toJson({ isValid: false, problems: thrown.problems }))
    return 1
  }
}

/** Prints what is in effect after file, environment, flags and defaults; no secret is in it. */
export function showConfig(request: LoadRequest, { isJson, terminal }: Printing): void {
  const { configuration, parts } = loadParts(request, createGatewayServices())
  const shown = toShownConfig(configuration, parts)
  terminal.out(isJson ? toJson(shown) : `${stringify(shown).trimEnd()}\n`)
}

/** Prints the JSON Schema of the file, for editors. */
export const printSchema = ({ out }: Terminal): void =>
  out(toJson(toJsonSchema(createConfigSchema(builtIn))))

const example = new URL('../../../dragoman.example.toml', import.meta.url)

/** Writes a commented file into `folder`; never over one that is there, unless forced. */
export function initConfig(folder: string, isForced: boolean, { out }: Terminal): void {
  const path = join(folder, configFileName)
  if (existsSync(path) && !isForced)
    throw new CommandError(`${configFileName} is here already; --force writes over it`)
  writeFileSync(path, readFileSync(example, 'utf8'))
  out(
    `${configFileName} is written; every key in it is optional.\n"dragoman config check" tells whether it can be used.\n`,
  )
}
