// How help and usage errors look: options in groups, each command with the ones that matter to it.

import type { Command, Option } from 'commander'
import type { Terminal } from './terminal.ts'

const forReading = ['config', 'env-file', 'provider', 'model', 'json']

/** The options before the command that its own help repeats, by command. */
const repeated: Readonly<Record<string, readonly string[]>> = {
  serve: [
    ...['host', 'port', 'api-key', 'token', 'provider', 'model', 'llm-api-key'],
    ...['config', 'env-file', 'log-level', 'log-format', 'verbose'],
  ],
  models: forReading,
  providers: forReading,
  check: forReading,
  show: forReading,
}

const examples = `
Examples:
  dragoman                      serve with whatever is found
  dragoman -p 9000 -v           … on another port, and say more
  dragoman --provider groq      … and let "auto" mean Groq
  dragoman config init          begin a dragoman.toml
`

/** Sets up help and errors of `program`; called before it gets commands, which take it over. */
export const withHelp = (program: Command, terminal: Terminal): Command =>
  program
    .usage('[command] [options]')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', () => examples.replace('Examples:', terminal.colors.bold('Examples:')))
    .showSuggestionAfterError()
    .showHelpAfterError('"--help" tells what there is')
    .configureHelp({
      showGlobalOptions: true,
      visibleGlobalOptions: (command) => globalOptionsOf(command),
      styleTitle: (title) => terminal.colors.bold(title),
      subcommandTerm: toTerm,
      // The descriptions name the choices already.
      optionDescription: ({ description }) => description,
    })
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.error,
      getOutHelpWidth: () => terminal.columns ?? 80,
      getErrHelpWidth: () => terminal.columns ?? 80,
      getOutHasColors: () => terminal.colors.isColorSupported,
      getErrHasColors: () => terminal.errorColors.isColorSupported,
      outputError: (text, write) => write(toOwnWords(text, terminal)),
    })

function globalOptionsOf(command: Command): Option[] {
  const root = command.parent?.parent ?? command.parent
  const names = repeated[command.name()] ?? []
  return names.flatMap((name) => root?.options.filter(({ long }) => long === `--${name}`) ?? [])
}

const toTerm = (command: Command): string =>
  [command.name(), ...command.registeredArguments.map((argument) => `[${argument.name()}]`)].join(
    ' ',
  )

// Quotes and suggestions as in all other messages.
const toOwnWords = (text: string, { errorColors }: Terminal): string =>
  text
    .replace(/^error:/, errorColors.red('error:'))
    .replace(/\n\(Did you mean (?:one of )?(.+)\?\)/, ' (did you mean $1?)')
    .replaceAll(/'([^'\n]*)'/g, '"$1"')
