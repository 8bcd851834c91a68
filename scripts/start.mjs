// `npm start`: installs and builds what is missing, then becomes the gateway. It runs in this very
// process, so signals and the exit code are its own.

import { pathToFileURL } from 'node:url'
import { ensureBuilt, ensureInstalled, mainFile } from './setup.mjs'

const orphanCheckMs = 500

ensureInstalled()
ensureBuilt()
if (process.env.npm_lifecycle_event !== undefined) stopWithParent(process.ppid)
process.argv[1] = mainFile
await import(pathToFileURL(mainFile).href)

/** npm passes signals to a shell between us that dies of them and tells nobody: so an orphan stops too. */
function stopWithParent(parent) {
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, orphanCheckMs)
  timer.unref()
}
