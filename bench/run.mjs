// `npm run bench`: what a call and a chunk cost in the gateway, beside nginx in the same run on the same
// machine. docs/performance.md says how to read it.

import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { cpus as processors } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { canPin } from './launch.mjs'
import { toRows, toTable, toWarnings } from './report.mjs'
import { runStep } from './run-step.mjs'
import { steps } from './steps.mjs'
import { toTopFrames } from './top-frames.mjs'
import { createWorld } from './world.mjs'

const usage = `npm run bench -- [options]
  --rounds <n>       how often each step is run (3); rounds are interleaved, medians are shown
  --seconds <n>      how long each step is measured (3)
  --tries <n>        how often a step is run while others use the machine (2)
  --only <a,b>       only these groups or steps, e.g. paced or whole.pass
  --quick            one round of one second: shows that everything works, figures are coarse
  --out <file>       every step's figures as JSON lines
  --dist <folder>    the build to measure (dist)
  --profile <folder> CPU profiles of the gateway, and the frames with the most time; with --only one step
  --micro            the small benches of single functions instead
  --list             names all steps`

const root = fileURLToPath(new URL('..', import.meta.url))
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    tries: { type: 'string', default: '2' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    out: { type: 'string' },
    dist: { type: 'string', default: join(root, 'dist') },
    profile: { type: 'string' },
    micro: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function fail(message) {
  console.error(message)
  process.exitCode = 2
}

function runMicro() {
  const folder = join(root, 'bench/micro')
  const dist = resolve(options.dist)
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.bench.mjs')))
    execFileSync(process.execPath, [join(folder, file), dist], { stdio: 'inherit' })
}

async function main() {
  const rounds = options.quick ? 1 : Number(options.rounds)
  const seconds = options.quick ? 1 : Number(options.seconds)
  const tries = options.quick ? 1 : Number(options.tries)
  if (options.profile) mkdirSync(options.profile, { recursive: true })
  const world = await createWorld({ dist: resolve(options.dist), profile: options.profile })
  const chosen = choose(world.hasNginx)
  describe(world, chosen, rounds, seconds)
  const records = []
  process.once('SIGINT', () => world.stop().then(() => process.exit(130)))
  try {
    for (let round = 1; round <= rounds; round += 1)
      for (const step of inOrder(chosen, round))
        records.push(await run(world, step, round, { seconds, tries }))
  } finally {
    await world.stop()
  }
  console.log(`\n${toTable(toRows(records))}`)
  for (const warning of toWarnings(records, steps)) console.log(`\nDoubtful: ${warning}`)
  if (options.profile) console.log(`\n${toTopFrames(options.profile)}`)
}

/** Every second round runs backwards, so that nothing always comes after the same thing. */
const inOrder = (chosen, round) => (round % 2 === 1 ? chosen : chosen.toReversed())

function choose(hasNginx) {
  const wanted = options.only?.split(',')
  return steps.filter(
    ({ name, group, at }) =>
      (hasNginx || at !== 'nginx') && (!wanted || wanted.includes(group) || wanted.includes(name)),
  )
}

function describe(world, chosen, rounds, seconds) {
  const [processor] = processors()
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${processor?.model.trim()} × ${processors().length}, Node ${process.versions.node}; ${chosen.length} steps, ${rounds} rounds of ${seconds} s`,
  )
  if (!world.hasNginx)
    console.log(
      'nginx is missing (Debian: apt-get install nginx-light): figures stand alone, without ratios',
    )
  if (!canPin)
    console.log(
      'taskset or a second CPU is missing: gateway and load share CPUs, figures are coarse',
    )
  console.log(`Log and errors of the processes: ${world.folder}\n`)
}

async function run(world, step, round, settings) {
  let result
  try {
    result = await runStep(world, step, settings)
  } catch (thrown) {
    result = { error: thrown instanceof Error ? thrown.message : String(thrown) }
  }
  const record = { round, step: step.name, ...result }
  if (options.out) appendFileSync(options.out, `${JSON.stringify(record)}\n`)
  console.log(`${round} ${step.name.padEnd(24)} ${brief(record)}`)
  return record
}

function brief({
  error,
  good,
  bad,
  perSecond,
  eventsPerSecond,
  cpuUsPerAnswer,
  cpuUsPerEvent,
  cores,
  latencyUs,
  otherCores,
  loadCores,
}) {
  if (error) return error
  const cost =
    eventsPerSecond > 0
      ? `${cpuUsPerEvent?.toFixed(2)} µs/chunk, ${Math.round(eventsPerSecond)} chunks/s`
      : `${cpuUsPerAnswer?.toFixed(1)} µs/answer, ${Math.round(perSecond)}/s, p50 ${latencyUs?.p50} µs`
  return `${cost}; ${good} good, ${bad} bad; cores ${cores.toFixed(2)}, load ${loadCores.toFixed(2)}, others ${otherCores.toFixed(2)}`
}

if (options.help) console.log(usage)
else if (options.list) console.log(steps.map(({ name }) => name).join('\n'))
else if (process.platform !== 'linux') fail('The bench reads /proc and runs on Linux only')
else if (!existsSync(join(options.dist, 'gateway/gateway.js')))
  fail(`There is no build in ${options.dist}: run "npm run build" first`)
else if (options.micro) runMicro()
else await main()
