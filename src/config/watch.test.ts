import { mkdtempSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { createServices } from '../gateway/services.ts'
import { watchConfig } from './watch.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

function watchFile(path: string | undefined) {
  const seen = vi.fn()
  stops.push(watchConfig(path, seen, createServices()))
  return seen
}

const createFile = (): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'dragoman-')), 'dragoman.toml')
  writeFileSync(path, 'first')
  return path
}

const times = (seen: ReturnType<typeof watchFile>, count: number) =>
  vi.waitFor(() => expect(seen).toHaveBeenCalledTimes(count), { timeout: 5000 })

test('a written file is told once, however many writes there were', async () => {
  const path = createFile()
  const seen = watchFile(path)
  for (const text of ['a', 'b', 'c']) writeFileSync(path, text)
  await times(seen, 1)
  writeFileSync(path, 'd')
  await times(seen, 2)
})

test('a file that an editor replaces by renaming is watched on', async () => {
  const path = createFile()
  const seen = watchFile(path)
  for (const [index, text] of ['a', 'b'].entries()) {
    writeFileSync(`${path}.tmp`, text)
    renameSync(`${path}.tmp`, path)
    await times(seen, index + 1)
  }
})

test('a file that is gone for a moment is told when it is back', async () => {
  const path = createFile()
  const seen = watchFile(path)
  unlinkSync(path)
  writeFileSync(path, 'back')
  await times(seen, 1)
})

test('a link that is pointed elsewhere is told', async () => {
  const [first, second] = [createFile(), createFile()]
  writeFileSync(second, 'second')
  const path = join(mkdtempSync(join(tmpdir(), 'dragoman-')), 'linked.toml')
  symlinkSync(first, path)
  const seen = watchFile(path)
  symlinkSync(second, `${path}.tmp`)
  renameSync(`${path}.tmp`, path)
  await times(seen, 1)
})

test('the same text again and other files of the folder are not told, SIGHUP always is', async () => {
  const path = createFile()
  const seen = watchFile(path)
  writeFileSync(path, 'first')
  writeFileSync(`${path}.bak`, 'other')
  process.emit('SIGHUP')
  await times(seen, 1)
  writeFileSync(path, 'second')
  await times(seen, 2)
})

test('nothing is left of it when it is stopped', () => {
  const before = process.listenerCount('SIGHUP')
  watchFile(undefined)
  expect(process.listenerCount('SIGHUP')).toBe(before + 1)
  stops.pop()?.()
  expect(process.listenerCount('SIGHUP')).toBe(before)
})
