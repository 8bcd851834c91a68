// The command line: which words mean which command, and what the exit code says (0 done, 1 failed,
// 2 used wrongly).

import { Command, CommanderError } from 'commander'
import { ConfigError } from '../../config/config-error.ts'
import type { LoadRequest } from '../../config/load.ts'
import { productVersion } from '../../config/version.ts'
import { suggestion } from '../../core/nearest.ts'
import { rewriteArguments } from './arguments.ts'
import { checkConfig, initConfig, printSchema, showConfig } from './config-commands.ts'
import { type Flags, secretWarnings, toLoadRequest, withFlags } from './flags.ts'
import { printModels, printProviders } from './list-commands.ts'
import { startServing } from './serve.ts'
import { CommandError, type Terminal } from './terminal.ts'

export type Surroundings = {
  readonly terminal: Terminal
  /** The working folder. */
  readonly folder: string
  /** Settles when the server is to stop. */
  readonly untilStopped: () => Promise<void>
}

const graceMs = 10_000

/** Runs one command line (without the program's own name) and says its exit code. */
export async function run(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { terminal } = surroundings
  let exitCode = 0
  const program = createProgram(surroundings, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(rewriteArguments(words, longOptionsOf(program)), { from: 'user' })
    return exitCode
  } catch (thrown) {
    // Commander has said it all; its help and version come this way too.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
    if (thrown instanceof ConfigError) {
      terminal.error(`${thrown.message}\n`)
      return 1
    }
    if (thrown instanceof CommandError) {
      terminal.error(`${terminal.errorColors.red('error:')} ${thrown.message}\n`)
      return thrown.exitCode
    }
    throw thrown
  }
}

type Context = {
  readonly request: () => LoadRequest
  readonly printing: () => { readonly isJson: boolean; readonly terminal: Terminal }
  readonly exit: (code: number) => void
}

function createProgram(surroundings: Surroundings, exit: (code: number) => void): Command {
  const { terminal, folder } = surroundings
  const program = withFlags(new Command('dragoman'))
    .description('Any LLM client, in its own API dialect, reaches any model.')
    .version(productVersion, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.error })
    .showSuggestionAfterError()
  const flagsOf = (): Flags => program.opts()
  const request = (): LoadRequest => toLoadRequest(flagsOf(), folder)
  const printing = () => ({ isJson: flagsOf().json ?? false, terminal })

  program
    .command('serve', { isDefault: true })
    .alias('server')
    .description('serve until stopped (the default)')
    // A word that is no command lands here; it deserves a better answer than "too many arguments".
    .allowExcessArguments()
    .action(async (_options, { args: [word] }: Command) => {
      if (word !== undefined) throw unknownCommand(word, program)
      // Listened for from the beginning: a signal while starting is not lost.
      const stopped = surroundings.untilStopped()
      const serving = await startServing(request(), secretWarnings(flagsOf()), terminal)
      await stopped
      await serving.stop(graceMs)
    })
  program
    .command('models')
    .description('list routes and models that clients may name')
    .action(() => printModels(request(), printing()))
  program
    .command('providers')
    .description('list providers, ready or not')
    .action(() => printProviders(request(), printing()))
  addConfigCommands(program, folder, { request, printing, exit })
  return program
}

function addConfigCommands(program: Command, folder: string, context: Context): void {
  const { request, printing, exit } = context
  const config = program
    .command('config')
    .description('check, show, describe or begin a configuration')
  config
    .command('check')
    .description('tell whether the configuration can be used')
    .argument('[file]')
    .action((file?: string) => {
      const named = file === undefined ? {} : { configPath: file }
      exit(checkConfig({ ...request(), ...named }, printing()))
    })
  config
    .command('show')
    .description('print what is in effect, without secrets')
    .action(() => showConfig(request(), printing()))
  config
    .command('schema')
    .description('print the JSON Schema of the file')
    .action(() => printSchema(printing().terminal))
  config
    .command('init')
    .description('write a commented dragoman.toml here')
    .option('--force', 'write over one that is there')
    .action(({ force }: { force?: boolean }) =>
      initConfig(folder, force ?? false, printing().terminal),
    )
}

function unknownCommand(word: string, program: Command): CommandError {
  const names = program.commands.flatMap((command) => [command.name(), ...command.aliases()])
  return new CommandError(
    `"${word}" is no command${suggestion(word, names)}; "dragoman --help" lists them`,
    2,
  )
}

const longOptionsOf = (program: Command): ReadonlySet<string> =>
  new Set([
    'help',
    ...[program, ...program.commands, ...program.commands.flatMap((command) => command.commands)]
      .flatMap((command) => command.options)
      .flatMap((option) => (option.long ? [option.long.slice(2)] : [])),
  ])
