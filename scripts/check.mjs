// `npm run check`: everything about the code that can be said without running it, in under a minute.
// One line per check, its findings below it; exit code 1 when any failed.

import { spawn } from 'node:child_process'
import * as bans from './checks/bans.mjs'
import * as boundaries from './checks/boundaries.mjs'
import * as errors from './checks/errors.mjs'
import * as links from './checks/links.mjs'
import * as lists from './checks/lists.mjs'
import * as paths from './checks/paths.mjs'
import { loadProject } from './checks/project.mjs'
import * as sizes from './checks/sizes.mjs'
import { ensureInstalled, root, tool } from './setup.mjs'

const programs = [
  { name: 'types', words: ['typescript/bin/tsc', '-p', 'tsconfig.json'] },
  {
    name: 'types of core, without Node',
    words: ['typescript/bin/tsc', '-p', 'tsconfig.core.json'],
  },
  {
    name: 'format and lint',
    words: ['@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--colors=off', '.'],
  },
  { name: 'dead code and dependencies', words: ['knip/bin/knip.js', '--no-progress'] },
]
const own = [boundaries, sizes, bans, paths, links, lists, errors]

ensureInstalled()
const startedAt = performance.now()
const running = programs.map(run)
const project = loadProject(root)
const results = [...own.map(({ name, check }) => ({ name, ...check(project) }))]
results.push(...(await Promise.all(running)))
for (const result of results) report(result)

const failed = results.filter(({ failures }) => failures.length > 0).length
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
console.log(`${results.length - failed} checks passed, ${failed} failed in ${seconds} s`)
process.exitCode = failed === 0 ? 0 : 1

function run({ name, words: [script, ...rest] }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [tool(script), ...rest], { cwd: root })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
    child.on('close', (code) => {
      const failures = code === 0 ? [] : [output.trim() || `exit code ${code}`]
      resolve({ name, failures, warnings: [] })
    })
  })
}

function report({ name, failures, warnings }) {
  console.log(`${failures.length === 0 ? '✓' : '✗'} ${name}`)
  for (const line of failures) console.log(line.replace(/^/gm, '    '))
  for (const line of warnings) console.log(`    warning: ${line}`)
}
