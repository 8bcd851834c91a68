// What every command needs before it can do its work: packages as the lock file says, and a build no
// older than the source. Both are compared by content, so a fresh checkout and a touched file agree.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url))
export const mainFile = join(root, 'dist/main.js')

const cache = join(root, '.cache')
const stampFile = join(root, 'dist/.stamp')

/** Absolute path of a tool's own script, to be run by this very Node. */
export const tool = (path) => join(root, 'node_modules', path)

/** Ends with a sentence for people, not a stack. */
export function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}

/** Installs when a package of the lock file is missing or has another version. */
export function ensureInstalled() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Dragoman needs Node 20.19 or newer; this is ${process.version}`)
  }
  if (isInstalled()) return
  console.error('Installing packages (once) …')
  // Development packages are wanted even where NODE_ENV says production: the compiler is one.
  const result = runNpm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])
  if (result.status === 0) return
  fail(`${result.stdout}${result.stderr}npm ci failed; the lines above say why`)
}

function isInstalled() {
  const wanted = readLock(join(root, 'package-lock.json'))
  const present = readLock(join(root, 'node_modules/.package-lock.json'))
  if (!present) return false
  return Object.entries(wanted ?? {}).every(
    ([path, entry]) => path === '' || entry.optional || present[path]?.version === entry.version,
  )
}

function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined
}

function runNpm(words) {
  const own = process.env.npm_execpath
  const settings = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }
  if (own?.endsWith('.js')) return spawnSync(process.execPath, [own, ...words], settings)
  return spawnSync('npm', words, { ...settings, shell: process.platform === 'win32' })
}

/** Builds when `dist` is missing or was made from another source. */
export function ensureBuilt() {
  const stamp = sourceStamp()
  if (existsSync(mainFile) && readStamp() === stamp) return
  console.error('Building …')
  if (!build(stamp)) fail('The build failed; the lines above say why')
}

/**
 * Compiles `src` to `dist`; false when the compiler found errors. The new folder replaces the old one
 * whole, so that two commands building at once cannot mix their files.
 */
export function build(stamp = sourceStamp()) {
  const fresh = join(cache, `build-${process.pid}`)
  rmSync(fresh, { recursive: true, force: true })
  const { status } = spawnSync(
    process.execPath,
    [tool('typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', fresh],
    { cwd: root, stdio: ['ignore', 2, 2] },
  )
  if (status === 0) replaceDist(fresh, stamp)
  rmSync(fresh, { recursive: true, force: true })
  return status === 0
}

function replaceDist(fresh, stamp) {
  const main = join(fresh, 'main.js')
  if (existsSync(main)) chmodSync(main, 0o755)
  writeFileSync(join(fresh, '.stamp'), stamp)
  const dist = join(root, 'dist')
  const old = join(cache, `old-${process.pid}`)
  if (existsSync(dist)) renameSync(dist, old)
  renameSync(fresh, dist)
  rmSync(old, { recursive: true, force: true })
}

const readStamp = () => (existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : undefined)

/** One hash over everything the build reads. */
export function sourceStamp() {
  mkdirSync(cache, { recursive: true })
  const hash = createHash('sha256')
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const settings = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']
  for (const path of [...settings.map((name) => join(root, name)), ...sources]) {
    hash.update(relative(root, path)).update('\0').update(readFileSync(path)).update('\0')
  }
  return hash.digest('hex')
}
