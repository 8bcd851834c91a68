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
}

/** The terminal of this process; `NO_COLOR` and `FORCE_COLOR` are respected. */
export const createTerminal = (): Terminal => ({
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  colors: colorsFor(process.stdout),
  errorColors: colorsFor(process.stderr),
})

const colorsFor = (stream: NodeJS.WriteStream): Colors =>
  picocolors.createColors(stream.isTTY === true && stream.hasColors())

/** Columns as wide as their widest cell. */
export function toTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  const toLine = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return rows.map((row) => `${toLine(row)}\n`).join('')
}

/** A failure told in one sentence, without a stack. */
export class CommandError extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}
