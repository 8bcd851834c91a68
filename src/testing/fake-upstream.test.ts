import { afterEach, expect, test } from 'vitest'
import { findClosedAddress, startFakeUpstream } from './fake-upstream.ts'

const started: { close(): Promise<void> }[] = []
const start: typeof startFakeUpstream = async (script) => {
  const upstream = await startFakeUpstream(script)
  started.push(upstream)
  return upstream
}
afterEach(async () => {
  for (const upstream of started.splice(0)) await upstream.close()
})

const post = (address: string, body: unknown = {}) =>
  fetch(`${address}/v1/chat`, { method: 'POST', body: JSON.stringify(body) })

test('a fake upstream answers its script in order and repeats the last answer', async () => {
  const upstream = await start([{ status: 503 }, { body: { ok: true } }])
  expect((await post(upstream.address)).status).toBe(503)
  expect(await (await post(upstream.address)).json()).toEqual({ ok: true })
  expect((await post(upstream.address)).status).toBe(200)
})

test('a fake upstream remembers what it was asked', async () => {
  const upstream = await start({ body: {} })
  await post(upstream.address, { model: 'm' })
  const [request] = upstream.requests
  expect(request?.path).toBe('/v1/chat')
  expect(request?.json).toEqual({ model: 'm' })
  expect(Buffer.from(request?.bytes ?? []).toString()).toBe('{"model":"m"}')
  upstream.play({})
  expect(upstream.requests).toEqual([])
})

test('cuts change nothing about what arrives', async () => {
  const body = 'data: 日本語 🙂\n\n'
  const upstream = await start({ body, cuts: { seed: 3, count: 12 } })
  expect(await (await post(upstream.address)).text()).toBe(body)
})

test('a truncated body ends cleanly and a reset one does not', async () => {
  const upstream = await start([
    { body: 'data: abc\n\n', fault: { kind: 'truncate', afterBytes: 8 } },
    { body: 'data: abc\n\n', fault: { kind: 'reset', afterBytes: 8 } },
    { fault: { kind: 'reset' } },
  ])
  expect(await (await post(upstream.address)).text()).toBe('data: ab')
  await expect((await post(upstream.address)).text()).rejects.toThrow()
  await expect(post(upstream.address)).rejects.toThrow()
})

test('a stall lasts until the reader hangs up, and is seen as aborted', async () => {
  const upstream = await start({ body: 'data: abc\n\n', fault: { kind: 'stall', afterBytes: 8 } })
  const hangUp = new AbortController()
  const response = await fetch(upstream.address, { signal: hangUp.signal })
  const reader = response.body?.getReader()
  await reader?.read()
  expect(upstream.inFlight()).toBe(1)
  hangUp.abort()
  await expect(reader?.read()).rejects.toThrow()
  await expect.poll(() => upstream.inFlight()).toBe(0)
  expect(upstream.requests[0]?.isAborted).toBe(true)
})

test('garbage is put into the body, and gzip is undone by a reader that knows it', async () => {
  const upstream = await start([
    { body: 'ab', fault: { kind: 'garbage', afterBytes: 1, bytes: Buffer.from('?') } },
    { body: { ok: true }, isCompressed: true },
  ])
  expect(await (await post(upstream.address)).text()).toBe('a?b')
  expect(await (await post(upstream.address)).json()).toEqual({ ok: true })
})

test('nobody listens at a closed address', async () => {
  await expect(post(await findClosedAddress())).rejects.toThrow()
})
