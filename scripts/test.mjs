// `npm test`: installs and builds what is missing, then runs the tests. Arguments go to the test
// runner (`npm test -- src/core`, `npm test -- -t name`); `--all` adds the long tier.

import { spawnSync } from 'node:child_process'
import { ensureBuilt, ensureInstalled, root, tool } from './setup.mjs'

ensureInstalled()
ensureBuilt()

const words = process.argv.slice(2)
const isAll = words.includes('--all')
console.log(`Tests on Node ${process.versions.node}${isAll ? ', long tier included' : ''}`)
const { status } = spawnSync(
  process.execPath,
  [tool('vitest/vitest.mjs'), 'run', ...words.filter((word) => word !== '--all')],
  { cwd: root, stdio: 'inherit', env: isAll ? { ...process.env, RUN_ALL: '1' } : process.env },
)
process.exit(status ?? 1)
