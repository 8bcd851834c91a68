// The files the checks look at, read once.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import { scan } from './scan.mjs'

const skipped = new Set(['node_modules', 'dist', 'coverage', 'logs', '.git', '.cache'])
const texts = /\.(?:ts|tsx|mjs|md|json|toml|yaml|yml|sh)$|(?:^|\/)(?:run|LICENSE|\.gitignore)$/

/** All text files below `root`, with paths as in imports (`src/core/chat.ts`). */
export function loadProject(root) {
  const files = new Map()
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !skipped.has(entry.name)) walk(path)
      if (!entry.isFile() || !texts.test(entry.name)) continue
      const name = relative(root, path).split(sep).join('/')
      files.set(name, toFile(name, readFileSync(path, 'utf8')))
    }
  }
  walk(root)
  const all = [...files.values()]
  return {
    all,
    file: (path) => files.get(path),
    exists: (path) => files.has(path) || existsSync(join(root, path)),
    sources: all.filter(({ path }) => /^src\/.*\.tsx?$/.test(path)),
    scripts: all.filter(({ path }) =>
      /^(?:src|test|bench|scripts|examples)\/.*\.(?:tsx?|mjs)$/.test(path),
    ),
    pages: all.filter(({ path }) => path.endsWith('.md')),
  }
}

function toFile(path, text) {
  let scanned
  const scanOnce = () => {
    scanned ??= scan(text)
    return scanned
  }
  return {
    path,
    text,
    isTest: /\.test\.tsx?$/.test(path) || path.startsWith('test/'),
    get code() {
      return scanOnce().code
    },
    get literals() {
      return scanOnce().literals
    },
  }
}

/** The path a relative specifier in `path` points to. */
export const resolveFrom = (path, specifier) => posix.join(posix.dirname(path), specifier)
