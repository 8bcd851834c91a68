import { expect, test } from 'vitest'
import { type FakeUpstream, startFakeUpstream } from '../testing/fake-upstream.ts'
import { createTransport, type Running, type TransportListener } from './transport.ts'

type Told = {
  readonly events: string[]
  readonly bytes: () => number
  readonly over: Promise<void>
}

function listen(): TransportListener & Told {
  const events: string[] = []
  let bytes = 0
  let finish = (): void => {}
  const over = new Promise<void>((resolve) => {
    finish = resolve
  })
  return {
    events,
    over,
    bytes: () => bytes,
    start: (status) => events.push(`start ${status}`),
    chunk: (chunk) => {
      bytes += chunk.length
    },
    end: () => {
      events.push('end')
      finish()
    },
    fail: () => {
      events.push('fail')
      finish()
    },
  }
}

async function withUpstream(run: (upstream: FakeUpstream) => Promise<void>): Promise<void> {
  const upstream = await startFakeUpstream()
  await run(upstream)
  await upstream.close()
}

const request = (upstream: FakeUpstream, headers = {}) => ({
  origin: upstream.address,
  path: '/',
  method: 'POST' as const,
  headers,
  body: Buffer.from('{}'),
  connectTimeoutMs: 1000,
})

test('a request ends once, and is not under way any more', () =>
  withUpstream(async (upstream) => {
    const transport = createTransport()
    const listener = listen()
    upstream.play({ body: 'x'.repeat(1000), cuts: { seed: 1, count: 9 } })
    transport.send(request(upstream), listener)
    expect(transport.inFlight()).toBe(1)
    await listener.over
    expect(listener.events).toEqual(['start 200', 'end'])
    expect([listener.bytes(), transport.inFlight()]).toEqual([1000, 0])
    await transport.close()
  }))

test('what is called off is not told of any more, at whatever moment', () =>
  withUpstream(async (upstream) => {
    const transport = createTransport()
    for (const fault of [{ kind: 'stall' as const }, { kind: 'stall' as const, afterBytes: 10 }]) {
      upstream.play({ body: 'x'.repeat(100), fault })
      const listener = listen()
      let running: Running | undefined = transport.send(request(upstream), listener)
      await expect.poll(() => upstream.inFlight()).toBe(1)
      running.abort()
      running.abort()
      running.resume()
      running = undefined
      expect(transport.inFlight()).toBe(0)
      await expect.poll(() => upstream.inFlight()).toBe(0)
      expect(listener.events).not.toContain('fail')
    }
    const early = listen()
    transport.send(request(upstream), early).abort()
    expect(transport.inFlight()).toBe(0)
    await transport.close()
    expect(early.events).toEqual([])
  }))

test('a pause holds the provider back, and a resume loses nothing', () =>
  withUpstream(async (upstream) => {
    const transport = createTransport()
    const size = 24 * 1024 * 1024
    upstream.play({ body: 'x'.repeat(size), cuts: { seed: 3, count: 400 } })
    const listener = listen()
    const running = transport.send(request(upstream), listener)
    running.pause()
    await expect.poll(() => upstream.requests.length).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const held = listener.bytes()
    expect(held).toBeLessThan(1024 * 1024)
    for (let stops = 0; stops < 20; stops += 1) {
      running.resume()
      await new Promise(setImmediate)
      running.pause()
      running.resume()
      running.pause()
    }
    running.resume()
    await listener.over
    expect([listener.bytes(), listener.events]).toEqual([size, ['start 200', 'end']])
    await transport.close()
  }))

test('a request that cannot be made fails like one that was lost', () =>
  withUpstream(async (upstream) => {
    const transport = createTransport()
    const listener = listen()
    transport.send(request(upstream, { 'x-odd': 'a\r\nb: c' }), listener)
    await listener.over
    expect(listener.events).toEqual(['fail'])
    expect(transport.inFlight()).toBe(0)
    await transport.close()
  }))

test('what is under way when all is closed fails, and nothing new begins', () =>
  withUpstream(async (upstream) => {
    const transport = createTransport()
    upstream.play({ fault: { kind: 'stall' } })
    const listener = listen()
    transport.send(request(upstream), listener)
    await expect.poll(() => upstream.inFlight()).toBe(1)
    await transport.close()
    await listener.over
    const late = listen()
    transport.send(request(upstream), late)
    await late.over
    expect([listener.events, late.events]).toEqual([['fail'], ['fail']])
    expect(transport.inFlight()).toBe(0)
    expect(upstream.requests).toHaveLength(1)
  }))
