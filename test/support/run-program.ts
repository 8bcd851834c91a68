// Runs programs as a user's shell does: apart from this process, with an environment that holds nothing
// but what the test says, and with what they write kept.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { waitUntil } from './wait-until.ts'

export type Surroundings = {
  readonly folder: string
  /** Beside the path to programs; the home folder is `folder` unless it says another. */
  readonly variables?: Readonly<Record<string, string>>
}

export type Program = {
  readonly pid: number
  /** What it has written so far. */
  readonly written: { readonly out: string; readonly error: string }
  /** Its exit code, or the name of the signal it died of. */
  readonly exit: Promise<number | string>
  signal(name: NodeJS.Signals): void
}

export type Result = {
  readonly exit: number | string
  readonly out: string
  readonly error: string
}

/** Starts `file` with `words`. Output is a pipe, as in a script. */
export function startProgram(
  file: string,
  words: readonly string[],
  { folder, variables = {} }: Surroundings,
): Program {
  const child = spawn(file, words, {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { out: '', error: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.error += text
  })
  const exit = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  return { pid: child.pid ?? 0, written, exit, signal: (name) => void child.kill(name) }
}

/** Runs `file` to its end. */
export async function runProgram(
  file: string,
  words: readonly string[],
  surroundings: Surroundings,
): Promise<Result> {
  const { exit, written } = startProgram(file, words, surroundings)
  return { exit: await exit, ...written }
}

/** Runs a script of this Node to its end. */
export const runNode = (words: readonly string[], surroundings: Surroundings): Promise<Result> =>
  runProgram(process.execPath, words, surroundings)

/** The address a gateway's banner or log says; fails with what it wrote when it ends before. */
export async function untilListening({ written, exit }: Program): Promise<string> {
  let ended: number | string | undefined
  exit.then((code) => {
    ended = code
  }, String)
  const find = (): string | undefined =>
    /http:\/\/127\.0\.0\.1:\d+/.exec(written.out + written.error)?.[0]
  await waitUntil(() => find() !== undefined || ended !== undefined, true, 60_000)
  const address = find()
  if (address === undefined) throw new Error(`It ended with ${ended}: ${written.error}`)
  return address
}
