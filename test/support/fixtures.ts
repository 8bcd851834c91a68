// The exchanges the tests replay: our own, always, and recorded traffic where a machine has it.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Fixture, loadFixtures } from '../../src/testing/index.ts'

const dialects = {
  'openai-chat': 'openai-chat',
  anthropic: 'anthropic',
  'anthropic-messages': 'anthropic',
} as const

export const ownFixtures: readonly Fixture[] = loadFixtures(
  join(import.meta.dirname, '../../fixtures'),
  { dialects },
)

const recordingsFolder = process.env['DRAGOMAN_RECORDINGS']

/** Recorded traffic of the dialects spoken here; empty where DRAGOMAN_RECORDINGS is not set. */
export const recordings: readonly Fixture[] =
  recordingsFolder && existsSync(recordingsFolder)
    ? loadFixtures(recordingsFolder, { dialects })
    : []

export const allFixtures: readonly Fixture[] = [...ownFixtures, ...recordings]

/** One of our own fixtures by the end of its id, e.g. `anthropic/text`. */
export function fixture(name: string): Fixture {
  const found = ownFixtures.find(({ id }) => id === `sample-${name}`)
  if (!found) throw new Error(`There is no fixture sample-${name}`)
  return found
}
