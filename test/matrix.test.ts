// Every exchange through the running gateway: each client dialect × each provider dialect × the
// client's framing × the provider's. What the client understands is held against an oracle.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Fixture } from '../src/testing/index.ts'
import { ask, asRequest, chatPaths, checkFrames, plainRequest } from './support/ask.ts'
import { type Cell, createCompatibilityTable } from './support/compatibility.ts'
import { createDifferenceBook } from './support/differences.ts'
import { allFixtures, ownFixtures } from './support/fixtures.ts'
import { type ClientDialect, compareAnswers, expectationOf, readAnswer } from './support/oracle.ts'
import { providerFor, replay, startWorld, type World } from './support/world.ts'

const clients: readonly ClientDialect[] = ['openai-chat', 'anthropic']
const book = createDifferenceBook()
const table = createCompatibilityTable()
const own = new Set(ownFixtures.map(({ id }) => id))
let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(async () => {
  await world.gateway.expectIdle()
  await world.close()
})

type Journey = {
  readonly client: ClientDialect
  readonly isStream: boolean
  readonly fixture: Fixture
}

const journeys = clients.flatMap((client) =>
  [true, false].flatMap((isStream) =>
    allFixtures.map((fixture) => ({
      client,
      isStream,
      fixture,
      title: `${client} ${isStream ? 'stream' : 'whole'} ← ${fixture.id}`,
    })),
  ),
)

async function travel({ client, isStream, fixture }: Journey) {
  const model = `${providerFor(fixture, isStream)}/${fixture.model}`
  const request =
    fixture.request && fixture.dialect === client
      ? asRequest(client, fixture.request.json, model, isStream)
      : plainRequest(client, model, isStream)
  replay(world.upstream, fixture)
  const answer = await ask(world.gateway.address, chatPaths[client], request)
  const isPassThrough =
    fixture.dialect === client && fixture.isStream === isStream && fixture.status === 200
  return {
    answer,
    isPassThrough,
    frames: isPassThrough ? [] : checkFrames(client, answer, true),
    differences: compareAnswers(await expectationOf(fixture), await readAnswer(client, answer), {
      from: fixture.dialect,
      to: client,
      isClientStream: isStream,
      isPassThrough,
    }),
  }
}

describe('a client understands what the provider said', () => {
  for (const journey of journeys) {
    test(journey.title, async () => {
      const { client, fixture } = journey
      const { answer, differences, frames } = await travel(journey)
      const unwanted = book.unwanted(fixture.id, client, differences)
      const cell: Cell = { client, provider: fixture.dialect, features: fixture.features }
      if (own.has(fixture.id))
        table.add(cell, unwanted.length === 0 && frames.length === 0, differences.length > 0)
      expect({ unwanted, frames }, JSON.stringify(unwanted)).toEqual({ unwanted: [], frames: [] })
      expect(answer.isBroken).toBe(false)
      if (fixture.headers['retry-after'] !== undefined && answer.status === 429)
        expect(answer.headers['retry-after']).toBe(fixture.headers['retry-after'])
    })
  }
})

test('each listed difference still occurs', () => {
  expect(book.stale(new Set(allFixtures.map(({ id }) => id)))).toEqual([])
})

test('docs/compatibility.md says what was found', () => {
  expect(table.publish()).toBe(true)
})
