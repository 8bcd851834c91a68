// Every request of a fixture or recording, sent on in the other dialect: what the provider gets is a
// request its official API would take, and nothing that was said is lost without a word.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toFields } from './support/answer.ts'
import { ask, asRequest, chatPaths } from './support/ask.ts'
import { checkRequest } from './support/check-request.ts'
import { allFixtures, fixture } from './support/fixtures.ts'
import { missingPieces, piecesOf } from './support/meaning.ts'
import type { ClientDialect } from './support/oracle.ts'
import { providerOf, replay, startWorld, type World } from './support/world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(async () => {
  await world.gateway.expectIdle()
  await world.close()
})

const others = { 'openai-chat': 'anthropic', anthropic: 'openai-chat' } as const

/** What a dialect may have no place for at all; texts always have one. */
const isMedia = (where: string): boolean =>
  /\((image|image_url|document|file|input_audio)\)$/.test(where)

// A stream and its whole twin have one request: the whole one is enough.
const cases = allFixtures.flatMap((found) =>
  found.request && !found.isStream
    ? [{ id: found.id, client: found.dialect as ClientDialect, request: found.request.json }]
    : [],
)

describe('a request arrives in the other dialect', () => {
  for (const { id, client, request } of cases) {
    test(id, async () => {
      const target = others[client]
      replay(world.upstream, fixture(`${target}/text`))
      const answer = await ask(
        world.gateway.address,
        chatPaths[client],
        asRequest(client, request, `${providerOf(target)}/some-model`, false),
      )
      const [sent] = world.upstream.requests
      if (!sent) {
        // What cannot be meant there is refused, and says so.
        expect(answer.status).toBe(400)
        expect(answer.text).toContain('unsupported')
        return
      }
      expect(answer.status).toBe(200)
      expect(checkRequest(target, sent.json)).toEqual([])
      const missing = missingPieces(piecesOf(request), sent.json)
      if (answer.headers['x-router-loss'] === undefined) expect(missing).toEqual([])
      else expect(missing.filter(({ where }) => !isMedia(where))).toEqual([])
    })
  }
})

describe('a request written anew in its own dialect keeps every field and every word', () => {
  for (const { id, client, request } of cases) {
    test(id, async () => {
      // The place only streams and the client does not: the request cannot go as it came.
      replay(world.upstream, fixture(`${client}/text-stream`))
      const model = `${providerOf(client, 'always')}/some-model`
      const answer = await ask(
        world.gateway.address,
        chatPaths[client],
        asRequest(client, request, model, false),
      )
      expect(answer.status, answer.text).toBe(200)
      const sent = toFields(world.upstream.requests[0]?.json)
      expect(fieldsOf(sent)).toEqual(fieldsOf(request))
      expect(missingPieces(piecesOf(request), sent)).toEqual([])
      expect(answer.headers['x-router-loss']).toBeUndefined()
    })
  }
})

const fieldsOf = (body: object): readonly string[] =>
  Object.keys(body)
    .filter((name) => !['stream', 'stream_options'].includes(name))
    .sort()
