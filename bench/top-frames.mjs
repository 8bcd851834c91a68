// Where the time went: the frames of CPU profiles with the most time of their own.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

// What the process did while it waited for work is no cost.
const waiting = new Set(['(idle)', '(program)'])

/** The first `count` frames over all profiles in a folder, one line each. */
export function toTopFrames(folder, count = 40) {
  const own = new Map()
  const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))
  for (const file of files) addProfile(own, JSON.parse(readFileSync(join(folder, file), 'utf8')))
  const busy = [...own].filter(([name]) => !waiting.has(name))
  const total = busy.reduce((sum, [, us]) => sum + us, 0)
  const lines = busy
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, count)
    .map(([name, us]) => `${((100 * us) / total).toFixed(1).padStart(5)} %  ${name}`)
  return [`${(total / 1e6).toFixed(2)} s of CPU in ${files.length} profile(s)`, ...lines].join('\n')
}

function addProfile(own, { nodes, samples, timeDeltas }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  samples.forEach((id, index) => {
    const name = names.get(id)
    own.set(name, (own.get(name) ?? 0) + timeDeltas[index])
  })
}

function nameOf({ functionName, url, lineNumber }) {
  const file = url.replace(/^file:\/\//, '').replace(/^.*\/(?:node_modules|dist)\//, '')
  return `${functionName || '(anonymous)'}${file === '' ? '' : ` ${file}:${lineNumber + 1}`}`
}
