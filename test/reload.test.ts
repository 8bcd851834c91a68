// The configuration changes while calls are under way: a written file and SIGHUP, good and bad.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import picocolors from 'picocolors'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Serving, startServing } from '../src/surfaces/cli/serve.ts'
import { type FakeUpstream, readSseEvents, startFakeUpstream } from '../src/testing/index.ts'
import { ask, chatPaths, checkFrames, plainRequest } from './support/ask.ts'
import { bareEnvironment } from './support/bare-environment.ts'
import { makePlace, type Place } from './support/copy-project.ts'
import { type GatedUpstream, startGatedUpstream } from './support/reload-upstream.ts'
import { waitUntil } from './support/wait-until.ts'

let place: Place
const closings: (() => Promise<void> | void)[] = []

beforeEach(() => {
  place = makePlace()
  bareEnvironment(place.folder)
})
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close()
  vi.unstubAllEnvs()
  place.remove()
})

const write = (text: string, name = 'dragoman.toml'): void =>
  writeFileSync(join(place.folder, name), text)
const hangUp = (): void => void process.kill(process.pid, 'SIGHUP')

type Running = Serving & { readonly address: string; readonly log: () => string }

/** Serves what stands in the folder, as the command line does. */
async function serve(): Promise<Running> {
  let log = ''
  const colors = picocolors.createColors(false)
  const terminal = {
    out: () => {},
    error: (text: string) => {
      log += text
    },
    colors,
    errorColors: colors,
  }
  const request = { folder: place.folder, overrides: { port: 0 } }
  const listeners = process.listenerCount('SIGHUP')
  const serving = await startServing(request, [], terminal)
  closings.push(async () => {
    await serving.stop(0)
    expect(process.listenerCount('SIGHUP')).toBe(listeners)
  })
  return { ...serving, address: `http://127.0.0.1:${serving.port}`, log: () => log }
}

async function startGated(name: string): Promise<GatedUpstream> {
  const upstream = await startGatedUpstream(name)
  closings.push(() => upstream.close())
  return upstream
}

const expectIdle = ({ gateway }: Serving): Promise<void> =>
  waitUntil(
    () => ({
      ...gateway.inFlight(),
      slots: gateway.services.ledger.inUse('calls'),
      busy: gateway.providers().filter(({ inFlight }) => inFlight > 0).length,
    }),
    { calls: 0, exchanges: 0, slots: 0, busy: 0 },
  )

/** A stream that has begun: its provider, and its text once it is over. */
async function beginStream(address: string, dialect: 'openai-chat' | 'anthropic') {
  const response = await fetch(address + chatPaths[dialect], {
    method: 'POST',
    body: JSON.stringify(plainRequest(dialect, 'auto', true)),
  })
  return { provider: response.headers.get('x-router-provider'), text: () => response.text() }
}

const askAuto = (address: string) =>
  ask(address, chatPaths['openai-chat'], plainRequest('openai-chat', 'auto', false))

const only = (name: string, upstream: GatedUpstream, more = ''): string => `[providers.${name}]
dialect = "openai-chat"
base_url = "${upstream.address}"
default_model = "m"
${more}
[queue]
max_concurrency = 50
`

describe('a change that is valid', () => {
  test('of the file acts on the next call, and streams under way end on the old one', async () => {
    const before = await startGated('before')
    const after = await startGated('after')
    write(only('before', before))
    const running = await serve()
    const streams = [
      await beginStream(running.address, 'openai-chat'),
      await beginStream(running.address, 'anthropic'),
    ]
    expect(streams.map(({ provider }) => provider)).toEqual(['before', 'before'])

    write(only('after', after))
    await waitUntil(() => running.gateway.parts().upstreams.has('after'), true)
    expect(running.gateway.parts().upstreams.has('before')).toBe(false)
    const answer = await askAuto(running.address)
    expect(answer.headers['x-router-provider']).toBe('after')
    expect(answer.text).toContain('I am after')
    await waitUntil(() => running.gateway.inFlight().calls, 2)

    before.release()
    const [chat = '', messages = ''] = await Promise.all(streams.map((stream) => stream.text()))
    expect(chat).toContain('"content":"before"')
    expect(chat).toMatch(/data: \[DONE\]\n\n$/)
    expect(messages).toContain('"text":"before"')
    expect(readSseEvents(messages).at(-1)?.event).toBe('message_stop')
    expect([before.keys.length, after.keys.length]).toEqual([2, 1])
    await expectIdle(running)
  })

  test('of an environment file acts on SIGHUP, with the file itself as it was', async () => {
    const lab = await startGated('lab')
    write(only('lab', lab, 'api_key = "env:LAB_KEY"'))
    write('LAB_KEY=first', '.env')
    const running = await serve()
    const stream = await beginStream(running.address, 'openai-chat')

    write('LAB_KEY=second', '.env')
    await askAuto(running.address)
    hangUp()
    await expect.poll(running.log, { timeout: 10_000 }).toContain('configuration reloaded')
    await askAuto(running.address)
    expect(lab.keys).toEqual(['Bearer first', 'Bearer first', 'Bearer second'])

    lab.release()
    expect(await stream.text()).toMatch(/data: \[DONE\]\n\n$/)
    await expectIdle(running)
  })
})

describe('a change that is not valid', () => {
  test.each([
    ['torn TOML', '[server\n', 'dragoman.toml:1: this line is not valid TOML'],
    ['an unknown key', '\n[server]\nprot = 1\n', 'dragoman.toml:3: server.prot is not a known key'],
    ['a wrong kind of value', '[retry]\nmax = "two"\n', 'dragoman.toml:2: retry.max is'],
    [
      'a target nobody has',
      '[routes.auto]\ntargets = ["nobody/m"]\n',
      'dragoman.toml:2: routes.auto.targets[0] ',
    ],
    ['an open door', '[server]\nhost = "0.0.0.0"\n', 'dragoman.toml:2: server.host is '],
    [
      'options that do not fit a plugin',
      '[plugins.concurrency]\nmax_concurrency = 0\n',
      'dragoman.toml:2: plugins.concurrency.max_concurrency is 0',
    ],
  ])('changes nothing and is told with file and line: %s', async (_name, text, told) => {
    const lab = await startGated('lab')
    write(only('lab', lab))
    const running = await serve()
    const parts = running.gateway.parts()
    const stream = await beginStream(running.address, 'openai-chat')

    write(text)
    await expect.poll(running.log, { timeout: 10_000 }).toContain(told)
    expect(running.log()).toContain('the one before stays in force')
    expect(running.gateway.parts()).toBe(parts)
    expect((await askAuto(running.address)).headers['x-router-provider']).toBe('lab')
    lab.release()
    expect(await stream.text()).toMatch(/data: \[DONE\]\n\n$/)

    write(`# mended\n${only('lab', lab)}`)
    await waitUntil(() => running.gateway.parts() !== parts, true)
    expect((await askAuto(running.address)).status).toBe(200)
    await expectIdle(running)
  })
})

describe('many changes', () => {
  const chunk = (delta: object, finish: string | null = null): string =>
    `data: ${JSON.stringify({ id: 'chatcmpl-2', object: 'chat.completion.chunk', created: 1_790_000_000, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
  const words = ['one ', 'two ', 'three ', 'four']
  const stream = [
    chunk({ role: 'assistant', content: '' }),
    ...words.map((content) => chunk({ content })),
    chunk({}, 'stop'),
    'data: [DONE]\n\n',
  ].join('')

  async function startLab(): Promise<FakeUpstream> {
    const cuts = { seed: 5, count: 8 }
    const upstream = await startFakeUpstream({ body: stream, cuts, pieceDelayMs: 2 })
    closings.push(() => upstream.close())
    return upstream
  }

  /** Every generation has another provider, another way to rank and another bound. */
  const generation = (number: number, upstream: FakeUpstream): string => `[providers.lab-${number}]
dialect = "openai-chat"
base_url = "${upstream.address}"
default_model = "m"
[routes.auto]
strategy = "${number % 2 === 0 ? 'priority' : 'least-busy'}"
targets = ["lab-${number}"]
[queue]
max_concurrency = ${100 + number}
`

  test('fifty under twenty streams: no call fails, and nothing is left in flight', async () => {
    const upstream = await startLab()
    write(generation(0, upstream))
    const running = await serve()
    const current = (): number =>
      Number([...running.gateway.parts().upstreams.keys()].join().match(/lab-(\d+)/)?.[1])
    let isOver = false
    let spanning = 0
    const failures: string[] = []

    const keepAsking = async (dialect: 'openai-chat' | 'anthropic'): Promise<void> => {
      while (!isOver) {
        const before = current()
        const request = plainRequest(dialect, 'auto', true)
        const answer = await ask(running.address, chatPaths[dialect], request)
        if (current() !== before) spanning += 1
        const isWhole = words.every((word) => answer.text.includes(`"${word}"`))
        const wrong = [...checkFrames(dialect, answer), ...(isWhole ? [] : ['is not whole'])]
        if (answer.status !== 200 || answer.isBroken || wrong.length > 0)
          failures.push(`${answer.status} ${wrong} ${answer.text}`)
      }
    }
    const clients = Array.from({ length: 20 }, (_, position) =>
      keepAsking(position % 2 === 0 ? 'openai-chat' : 'anthropic'),
    )
    for (let number = 1; number <= 50; number += 1) {
      await waitUntil(() => running.gateway.inFlight().calls >= 10, true)
      write(generation(number, upstream))
      hangUp()
      await waitUntil(current, number)
    }
    isOver = true
    await Promise.all(clients)

    expect(failures.slice(0, 3)).toEqual([])
    expect(spanning).toBeGreaterThan(50)
    expect(running.log()).not.toContain('not valid')
    await expectIdle(running)
    await waitUntil(() => upstream.inFlight(), 0)
    for (let number = 0; number <= 50; number += 1)
      expect(running.gateway.services.ledger.inUse(`provider:lab-${number}`)).toBe(0)
  })
})
