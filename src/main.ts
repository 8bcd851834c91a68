#!/usr/bin/env node
// From the words of the command line to its exit code.

import { run } from './surfaces/cli/run.ts'
import { untilStopSignal } from './surfaces/cli/stop-signals.ts'
import { createTerminal } from './surfaces/cli/terminal.ts'

process.exitCode = await run(process.argv.slice(2), {
  terminal: createTerminal(),
  folder: process.cwd(),
  untilStopped: untilStopSignal,
})
