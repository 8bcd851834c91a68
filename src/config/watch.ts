// Tells when the configuration may have changed: the file was written, replaced or linked anew, or
// the process got SIGHUP.

import { type FSWatcher, readFileSync, realpathSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Services, Timer } from '../core/services.ts'

const settleMs = 100

/**
 * Calls `onChange` once after each burst of changes to the text at `path`, and on SIGHUP whatever the
 * text. Without a path only SIGHUP is listened to. Returns a function that stops it.
 */
export function watchConfig(
  path: string | undefined,
  onChange: () => void,
  { timer, log }: Pick<Services, 'timer' | 'log'>,
): () => void {
  process.on('SIGHUP', onChange)
  const watchers: FSWatcher[] = []
  let pending: Timer | undefined
  let before = path === undefined ? undefined : textOf(path)

  const check = (): void => {
    pending = undefined
    const text = path === undefined ? undefined : textOf(path)
    // Editors move the old file away first; what is gone for a moment has not changed.
    if (text === undefined || text === before) return
    before = text
    onChange()
  }
  const touched = (): void => {
    if (pending) pending.refresh()
    else pending = timer(settleMs, check)
  }

  const onTouch = (name: string) => (changed: string | null) => {
    if (changed === null || changed === name || isLink(path)) touched()
  }
  // Folders are watched, not the file: a replaced file takes its watcher along.
  for (const [folder, name] of path === undefined ? [] : placesOf(path)) {
    const watcher = watchFolder(folder, onTouch(name), log)
    if (watcher) watchers.push(watcher)
  }

  return () => {
    process.off('SIGHUP', onChange)
    pending?.clear()
    for (const watcher of watchers) watcher.close()
  }
}

function watchFolder(
  folder: string,
  onTouch: (changed: string | null) => void,
  log: Services['log'],
): FSWatcher | undefined {
  const warn = (error: unknown): void =>
    log.warn(
      { error: String(error) },
      'The configuration is not watched; send SIGHUP after a change',
    )
  try {
    const watcher = watch(folder, { persistent: false }, (_event, changed) => onTouch(changed))
    watcher.on('error', warn)
    return watcher
  } catch (error) {
    warn(error)
    return undefined
  }
}

function placesOf(path: string): readonly (readonly [folder: string, name: string])[] {
  const real = realPathOf(path)
  const here = [dirname(path), basename(path)] as const
  return real === path ? [here] : [here, [dirname(real), basename(real)]]
}

const isLink = (path: string | undefined): boolean =>
  path !== undefined && realPathOf(path) !== path

function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
