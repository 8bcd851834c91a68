// `npm run dev`: builds and restarts the gateway whenever a source file changes.

import { spawn } from 'node:child_process'
import { watch } from 'node:fs'
import { join } from 'node:path'
import { build, ensureInstalled, mainFile, root, sourceStamp } from './setup.mjs'

const settleMs = 150
let gateway
let built
let timer

function restart() {
  const stamp = sourceStamp()
  if (stamp === built) return
  built = stamp
  // What still runs keeps running while the source does not compile.
  if (!build(stamp)) return
  const start = () => {
    gateway = spawn(process.execPath, [mainFile, ...process.argv.slice(2)], { stdio: 'inherit' })
  }
  if (!gateway || gateway.exitCode !== null || gateway.signalCode !== null) return start()
  gateway.once('exit', start)
  gateway.kill('SIGTERM')
}

ensureInstalled()
restart()
watch(join(root, 'src'), { recursive: true }, () => {
  clearTimeout(timer)
  timer = setTimeout(restart, settleMs)
})
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    gateway?.kill(signal)
    process.exit(0)
  })
}
