// Runs a command line of the program in this process.

import picocolors from 'picocolors'
import { run } from '../../src/surfaces/cli/run.ts'
import { bareEnvironment } from './bare-environment.ts'

const plain = picocolors.createColors(false)

/** What came of `words`, run in `folder`. A server is told to stop as soon as it listens. */
export async function runCommand(
  words: readonly string[],
  folder: string,
  variables: Readonly<Record<string, string>> = {},
) {
  bareEnvironment(folder, variables)
  const written = { out: '', error: '' }
  const terminal = {
    out: (text: string) => {
      written.out += text
    },
    error: (text: string) => {
      written.error += text
    },
    colors: plain,
    errorColors: plain,
  }
  const exit = await run(words, { terminal, folder, untilStopped: () => Promise.resolve() })
  return { exit, ...written }
}
