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
import { withHelp } from './help.ts'
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
      const { red } = terminal.errorColors
      terminal.error(`${thrown.message.replaceAll(/^.*?:(?= )/gm, (place) => red(place))}\n`)
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
  const program = withFlags(withHelp(new Command('dragoman'), terminal))
    .description('Any LLM client, in its own API dialect, reaches any model.')
    .version(productVersion, '-V, --version', 'print the version')
    .exitOverride()
    // Words too many deserve a better answer than their number.
    .allowExcessArguments()
    .hook('preAction', (_program, command) => refuseExcess(command, program))
  const flagsOf = (): Flags => program.opts()
  const request = (): LoadRequest => toLoadRequest(flagsOf(), folder)
  const printing = () => ({ isJson: flagsOf().json ?? false, terminal })

  program
    .command('serve', { isDefault: true })
    .alias('server')
    .description('serve until stopped (the default; "server" is the same)')
    .action(async () => {
      // Listened for from the beginning: a signal while starting is not lost.
      const stopped = surroundings.untilStopped()
      const serving = await startServing(request(), secretWarnings(flagsOf()), terminal)
      await stopped
      await serving.stop(graceMs)
    })
  program
    .command('models')
    .description('list the routes and models clients may name')
    .action(() => printModels(request(), printing()))
  program
    .command('providers')
    .description('list the providers: ready, or what they lack')
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
    .argument('[file]', 'the file to check; else the one that would be used')
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

/** A word that is no command ends up with the default one; others take no words they do not name. */
function refuseExcess(command: Command, program: Command): void {
  const word = command.args[command.registeredArguments.length]
  if (word === undefined) return
  const names = program.commands.flatMap((known) => [known.name(), ...known.aliases()])
  const isCommand = command.name() !== 'serve' || names.includes(word)
  const message = isCommand
    ? `"${command.name()}" takes no "${word}"; "dragoman ${pathOf(command)} --help" tells what it takes`
    : `"${word}" is no command${suggestion(word, names)}; "dragoman --help" lists them`
  throw new CommandError(message, 2)
}

const pathOf = (command: Command): string =>
  command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name()

const longOptionsOf = (program: Command): ReadonlySet<string> =>
  new Set([
    'help',
    ...[program, ...program.commands, ...program.commands.flatMap((command) => command.commands)]
      .flatMap((command) => command.options)
      .flatMap((option) => (option.long ? [option.long.slice(2)] : [])),
  ])
