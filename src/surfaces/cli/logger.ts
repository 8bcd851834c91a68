// The log on standard error: short lines for people, or pino's JSON for machines.

import { pino } from 'pino'
import type { LogFormat, LogLevel } from '../../config/settings.ts'
import type { LogFields, Logger } from '../../core/services.ts'
import type { Terminal } from './terminal.ts'

/** A logger whose level a reload may change. */
export type AdjustableLogger = Logger & { setLevel(level: LogLevel): void }

/** The logger of a format. */
export const createLogger = (
  format: LogFormat,
  level: LogLevel,
  terminal: Terminal,
): AdjustableLogger =>
  format === 'json' ? createJsonLogger(level, terminal) : createConsoleLogger(level, terminal)

type Level = keyof Logger

const ranks = { trace: 0, debug: 1, info: 2, warn: 3, error: 4 } as const satisfies Record<
  LogLevel,
  number
>

const fromEach = (write: (level: Level, fields: LogFields, message: string) => void): Logger => ({
  debug: (fields, message) => write('debug', fields, message),
  info: (fields, message) => write('info', fields, message),
  warn: (fields, message) => write('warn', fields, message),
  error: (fields, message) => write('error', fields, message),
})

function createJsonLogger(level: LogLevel, { error }: Terminal): AdjustableLogger {
  const own = pino({ level, base: null }, { write: error })
  return {
    ...fromEach((name, fields, message) => own[name](withPlainErrors(fields), message)),
    setLevel: (next) => {
      own.level = next
    },
  }
}

function createConsoleLogger(first: LogLevel, { error, errorColors }: Terminal): AdjustableLogger {
  let level = first
  const paint = {
    debug: errorColors.dim,
    info: errorColors.green,
    warn: errorColors.yellow,
    error: errorColors.red,
  } as const
  return {
    ...fromEach((name, fields, message) => {
      if (ranks[name] < ranks[level]) return
      const time = new Date().toTimeString().slice(0, 8)
      const details = toDetails(withPlainErrors(fields))
      const end = details === '' ? '' : ` ${errorColors.dim(details)}`
      error(`${errorColors.dim(time)} ${paint[name](name.padEnd(5))} ${toOneLine(message)}${end}\n`)
    }),
    setLevel: (next) => {
      level = next
    },
  }
}

/** `status=200 target=openai/gpt-x`: values with spaces are quoted, what is unknown is left out. */
const toDetails = (fields: LogFields): string =>
  Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${toWord(value)}`)
    .join(' ')

function toWord(value: unknown): string {
  if (Array.isArray(value)) return value.map(toWord).join(',')
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
  return /^[\x21-\x7e]*$/.test(text) ? text : JSON.stringify(toOneLine(text))
}

// What came from outside must not forge a line of its own.
const toOneLine = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')

const withPlainErrors = (fields: LogFields): LogFields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? (value.stack ?? value.message) : value,
    ]),
  )
