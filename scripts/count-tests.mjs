// Sums up the test runner's reports given as arguments, one per Node: a test passed when it passed in
// every report. Prints one line per report and, last, `N passed, N failed`.

import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'

const tests = new Map()
let isMissing = false

for (const path of process.argv.slice(2)) {
  const name = basename(path, '.json')
  if (!existsSync(path)) {
    console.log(`${name}: no report; the test runner did not finish`)
    isMissing = true
    continue
  }
  const results = resultsOf(JSON.parse(readFileSync(path, 'utf8')))
  for (const [test, hasPassed] of results) tests.set(test, hasPassed && (tests.get(test) ?? true))
  console.log(`${name}: ${count(results)}`)
}
console.log(count(tests))
process.exitCode = isMissing || tests.size === 0 || [...tests.values()].includes(false) ? 1 : 0

/** Each test and whether it passed; a file that could not be loaded is one failed test. */
function resultsOf({ testResults }) {
  const results = new Map()
  for (const file of testResults) {
    for (const { fullName, status } of file.assertionResults) {
      const isSkipped = ['pending', 'skipped', 'todo'].includes(status)
      if (!isSkipped) add(results, `${file.name} ${fullName}`, status === 'passed')
    }
    const isBroken =
      file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')
    if (isBroken) add(results, file.name, false)
  }
  return results
}

/** Tests of a table may share a name: each counts. */
function add(results, name, hasPassed) {
  let key = name
  for (let copy = 2; results.has(key); copy += 1) key = `${name} #${copy}`
  results.set(key, hasPassed)
}

function count(results) {
  const passed = [...results.values()].filter(Boolean).length
  return `${passed} passed, ${results.size - passed} failed`
}
