import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { createGateway } from '../../index.ts'

const library = createGateway({
  discover: { enabled: false },
  server: { max_body: '64KiB', request_timeout: '100ms' },
})
afterAll(() => library.close())

const hello = { model: 'sim/echo', messages: [{ role: 'user', content: 'hello' }] }
const ask = (
  body: string | Uint8Array | ReadableStream,
  init: RequestInit = {},
): Promise<Response> =>
  library.fetch(
    new Request('http://localhost/v1/chat/completions', {
      method: 'POST',
      body,
      duplex: 'half',
      ...init,
    } as RequestInit),
  )
const packed = (encoding: string, bytes: Uint8Array): Promise<Response> =>
  ask(Buffer.from(bytes), { headers: { 'content-encoding': encoding } })
const endless = JSON.stringify({ ...hello, model: 'sim/lorem?tokens=100000', stream: true })

const busy = async (): Promise<number> => {
  const health = await library.fetch(new Request('http://localhost/health'))
  const { provider_status: status } = (await health.json()) as {
    provider_status: { sim: { active_completions: number } }
  }
  return status.sim.active_completions
}

test('a packed body is unpacked, within the limit', async () => {
  const text = JSON.stringify(hello)
  expect((await packed('gzip', gzipSync(text))).status).toBe(200)
  expect((await packed('GZIP', gzipSync(text))).status).toBe(200)
  expect((await packed('gzip', gzipSync(Buffer.alloc(9_000_000)))).status).toBe(413)
  expect((await packed('gzip', Buffer.from(text))).status).toBe(400)
  expect((await packed('zstd', Buffer.from(text))).status).toBe(415)
})

test('a body that does not come is a 408, one that breaks off a 400', async () => {
  expect((await ask(new ReadableStream({}))).status).toBe(408)
  const broken = new ReadableStream({
    pull: (controller) => controller.error(new Error('the disk is gone')),
  })
  const response = await ask(broken)
  expect([response.status, await response.text()]).toEqual([
    400,
    expect.stringContaining('incomplete_body'),
  ])
})

test('a call that is off before it begins is not made', async () => {
  const signal = AbortSignal.abort()
  const request = {
    ...new Request('http://localhost/'),
    method: 'POST',
    url: 'http://localhost/v1/chat/completions',
    headers: new Headers(),
    body: new Blob([JSON.stringify(hello)]).stream(),
    signal,
  }
  expect((await library.fetch(request as unknown as Request)).status).toBe(499)
})

test('a call that is called off while it is read ends its reader too', async () => {
  const hangUp = new AbortController()
  const response = await ask(endless, { signal: hangUp.signal })
  const reader = response.body?.getReader()
  await reader?.read()
  hangUp.abort()
  const drain = async (): Promise<void> => {
    for (let step = await reader?.read(); step && !step.done; step = await reader?.read());
  }
  await expect(drain()).rejects.toMatchObject({ name: 'AbortError' })
})

test('a reader that takes its time gets all, and no more is made than it takes', async () => {
  const response = await ask(
    JSON.stringify({ ...hello, model: 'sim/lorem?tokens=3000', stream: true }),
  )
  const reader = response.body?.getReader()
  let text = ''
  const decoder = new TextDecoder()
  for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) {
    text += decoder.decode(step.value, { stream: true })
    if (text.length % 7 === 0) await new Promise(setImmediate)
  }
  expect(text).toMatch(/data: \[DONE\]\n\n$/)
  expect(text.split('"delta"').length).toBeGreaterThan(3000)
})

test('a reader that cancels ends the call', async () => {
  const response = await ask(endless)
  const reader = response.body?.getReader()
  await reader?.read()
  await reader?.cancel()
  await expect.poll(busy).toBe(0)
})

test('names no header can bear hurt nobody', async () => {
  const response = await ask(JSON.stringify({ ...hello, model: 'sim/мир\r\n' }))
  expect(response.status).toBe(404)
})
