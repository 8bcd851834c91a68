// The project as a newcomer gets it: its files without what commands make, and the packages installed.

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A folder of its own for a test, and what takes it away again. */
export type Place = { readonly folder: string; readonly remove: () => void }

export function makePlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A copy without what `.gitignore` names; packages are the ones of the project. */
export function copyProject(): Place {
  const place = makePlace()
  const isIgnored = readIgnored()
  cpSync(root, place.folder, {
    recursive: true,
    filter: (path) => path === root || !isIgnored(basename(path)),
  })
  symlinkSync(join(root, 'node_modules'), join(place.folder, 'node_modules'), 'junction')
  return place
}

/** Whether a file or folder of that name is none of the project's own. */
function readIgnored(): (name: string) => boolean {
  const lines = readFileSync(join(root, '.gitignore'), 'utf8').split('\n')
  const names = ['.git', ...lines.map((line) => line.replaceAll('/', '').trim())].filter(Boolean)
  const patterns = names.map((name) => {
    const letters = name.split('*').map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    return new RegExp(`^${letters.join('.*')}$`)
  })
  return (name) => patterns.some((pattern) => pattern.test(name))
}
