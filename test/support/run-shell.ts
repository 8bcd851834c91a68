// Runs what a page or the banner says to paste, in a shell, with this machine's curl or, where there is
// none, a stand-in for it.

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makePlace } from './copy-project.ts'
import { runProgram } from './run-program.ts'

export type ShellResult = {
  readonly exit: number | string
  /** Of the HTTP answer. */
  readonly status: number
  readonly out: string
}

const standIn = fileURLToPath(new URL('curl-stand-in.mjs', import.meta.url))

/** `which` curl: the machine's own where there is one, or the stand-in wherever it runs. */
export async function runShell(
  script: string,
  which: 'own' | 'stand-in' = 'own',
): Promise<ShellResult> {
  const { folder, remove } = makePlace()
  try {
    const program = join(folder, 'curl')
    writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${standIn}" "$@"\n`)
    chmodSync(program, 0o755)
    writeFileSync(join(folder, '.curlrc'), 'silent\nwrite-out = "%{stderr}%{http_code}"\n')
    const paths = [process.env['PATH'] ?? '', folder]
    const path = (which === 'own' ? paths : paths.toReversed()).join(':')
    const variables = { PATH: path, CURL_HOME: folder }
    const { exit, out, error } = await runProgram('sh', ['-c', script], { folder, variables })
    const status = Number(/\d{3}$/.exec(error)?.[0])
    if (Number.isNaN(status)) throw new Error(`no answer (exit ${exit}): ${error}`)
    return { exit, status, out }
  } finally {
    remove()
  }
}
