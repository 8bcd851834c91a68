// Where a command writes: the real terminal, or a test's.

import picocolors from 'picocolors'

export type Colors = ReturnType<typeof picocolors.createColors>

export type Terminal = {
  /** What was asked for. */
  readonly out: (text: string) => void
  /** Everything else: errors, warnings, logs. */
  readonly error: (text: string) => void
  /** Plain where the output goes into a file or pipe. */
  readonly colors: Colors
  readonly errorColors: Colors
  /** Undefined where the output goes into a file or pipe: then nothing is cut. */
  readonly columns?: number
}

/** The terminal of this process; `NO_COLOR` and `FORCE_COLOR` are respected. */
export const createTerminal = (): Terminal => ({
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  colors: colorsFor(process.stdout),
  errorColors: colorsFor(process.stderr),
  ...(process.stdout.isTTY === true && process.stdout.columns > 0
    ? { columns: process.stdout.columns }
    : {}),
})

const colorsFor = (stream: NodeJS.WriteStream): Colors =>
  picocolors.createColors(stream.isTTY === true && stream.hasColors())

/** A cell, and how it is painted where there are colours. */
export type Cell =
  | string
  | { readonly text: string; readonly paint: (text: string | number) => string }

const gap = '  '

/** Columns as wide as their widest cell; lines are cut where the terminal ends. */
export function toTable(
  heading: readonly string[],
  rows: readonly (readonly Cell[])[],
  { colors, columns = Number.POSITIVE_INFINITY }: Pick<Terminal, 'colors' | 'columns'>,
): string {
  const table = [heading.map((text) => ({ text, paint: colors.dim })), ...rows.map(toCells)]
  const widths = heading.map((_, index) =>
    Math.max(...table.map((row) => row[index]?.text.length ?? 0)),
  )
  const toLine = (row: readonly PaintedCell[]): string => {
    let line = ''
    let end = 0
    for (const [index, { text, paint }] of row.entries()) {
      const room = columns - end
      if (text !== '' && room > 0)
        line += `${paint(shorten(text, room))}${' '.repeat((widths[index] ?? 0) - text.length)}${gap}`
      end += (widths[index] ?? 0) + gap.length
    }
    return line.trimEnd()
  }
  return table.map((row) => `${toLine(row)}\n`).join('')
}

type PaintedCell = Exclude<Cell, string>

const toCells = (row: readonly Cell[]): readonly PaintedCell[] =>
  row.map((cell) => (typeof cell === 'string' ? { text: cell, paint: String } : cell))

/** At most `room` letters; where something is missing it ends with an ellipsis. */
export const shorten = (text: string, room: number): string =>
  text.length <= room ? text : `${text.slice(0, room - 1)}…`

/** A failure told in one sentence, without a stack. */
export class CommandError extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}
