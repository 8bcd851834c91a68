import { expect, test } from 'vitest'
import type { ReplySink } from '../core/call.ts'
import { GatewayError } from '../core/error.ts'
import { createReplyStream, type ReplyStream, type ReplyStreamSettings } from './reply-stream.ts'
import { createServices } from './services.ts'

const create = (
  changes: Partial<ReplyStreamSettings> = {},
): { reply: ReplyStream; settled: string[] } => {
  const settled: string[] = []
  const reply = createReplyStream({
    services: createServices(),
    isStream: true,
    keepAlive: ': keep-alive\n\n',
    silenceMs: 60_000,
    head: () => ({
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      trailerNames: ['x-router-output-tokens'],
    }),
    trailers: () => ({ 'x-router-output-tokens': '2' }),
    errorFrames: (error) => `error: ${error.message}\n\n`,
    committed: () => {},
    settled: (state) => settled.push(state),
    ...changes,
  })
  return { reply, settled }
}

const createSink = (
  isRoomy: () => boolean = () => true,
): { sink: ReplySink; text(): string; ends: unknown[] } => {
  const written: string[] = []
  const ends: unknown[] = []
  return {
    text: () => written.join(''),
    ends,
    sink: {
      write: (chunk) => {
        written.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
        return isRoomy()
      },
      end: (trailers) => ends.push(trailers),
      abort: () => ends.push('abort'),
    },
  }
}

test('nothing is shown before commit, everything after it, in order', async () => {
  const { reply, settled } = create()
  const { sink, text, ends } = createSink()
  reply.write('a')
  reply.write('b')
  reply.commit()
  reply.write('c')
  const opened = await reply.opened
  opened.start(sink)
  reply.write('d')
  reply.end()
  expect(text()).toBe('abcd')
  expect(ends).toEqual([{ 'x-router-output-tokens': '2' }])
  expect(settled).toEqual(['ended'])
})

test('what a failed exchange had written is never shown', async () => {
  const { reply } = create()
  const { sink, text } = createSink()
  reply.write('bad')
  reply.retry()
  reply.write('good')
  reply.commit()
  ;(await reply.opened).start(sink)
  expect(text()).toBe('good')
})

test('a failure before opening rejects with the error itself', async () => {
  const { reply, settled } = create()
  const error = new GatewayError('provider-failed', 'it broke')
  reply.fail(error)
  await expect(reply.opened).rejects.toBe(error)
  expect(settled).toEqual(['failed'])
})

test('a failure after commit is told in the stream and settles as failed, once', async () => {
  const { reply, settled } = create()
  const { sink, text, ends } = createSink()
  reply.write('a')
  reply.commit()
  ;(await reply.opened).start(sink)
  reply.fail(new GatewayError('provider-truncated', 'cut off'))
  reply.fail(new GatewayError('provider-truncated', 'again'))
  reply.end()
  expect(text()).toBe('aerror: cut off\n\n')
  expect(ends).toHaveLength(1)
  expect(settled).toEqual(['failed'])
})

test('an error the provider told itself is not told twice', async () => {
  const { reply } = create()
  const { sink, text } = createSink()
  reply.write('their error')
  reply.commit()
  ;(await reply.opened).start(sink)
  reply.fail(new GatewayError('provider-failed', 'told'), true)
  expect(text()).toBe('their error')
})

test('a whole reply is handed over as one body', async () => {
  const { reply } = create({ isStream: false })
  reply.write('{"a":')
  reply.write('1}')
  reply.end()
  expect((await reply.opened).body).toBe('{"a":1}')
})

test('a full sink pauses the upstream until it has room again', async () => {
  const { reply } = create()
  const flow: string[] = []
  reply.setFlow({
    pause: () => flow.push('pause'),
    resume: () => flow.push('resume'),
    abort: () => flow.push('abort'),
  })
  reply.write('a')
  reply.commit()
  const opened = await reply.opened
  opened.start(createSink(() => false).sink)
  reply.write('b')
  expect(flow).toEqual(['pause'])
  opened.resume()
  expect(flow).toEqual(['pause', 'resume'])
})

test('bytes that wait for a client that has not started are bounded by pausing the upstream', async () => {
  const { reply } = create()
  const flow: string[] = []
  reply.setFlow({
    pause: () => flow.push('pause'),
    resume: () => flow.push('resume'),
    abort: () => {},
  })
  reply.write('a')
  reply.commit()
  for (let sent = 0; sent < 80; sent += 1) reply.write('x'.repeat(1024))
  expect(flow).toEqual(['pause'])
  const { sink, text } = createSink()
  ;(await reply.opened).start(sink)
  expect(flow).toEqual(['pause', 'resume'])
  expect(text()).toHaveLength(1 + 80 * 1024)
})

test('a hang-up stops the upstream and settles as cancelled', async () => {
  const { reply, settled } = create()
  const flow: string[] = []
  reply.setFlow({ pause: () => {}, resume: () => {}, abort: () => flow.push('abort') })
  reply.write('a')
  reply.commit()
  ;(await reply.opened).cancel()
  reply.end()
  expect(flow).toEqual(['abort'])
  expect(settled).toEqual(['cancelled'])
})

test('silence opens the client and keeps it alive', async () => {
  const { reply } = create({ silenceMs: 5 })
  const { sink, text } = createSink()
  ;(await reply.opened).start(sink)
  reply.write('late')
  reply.commit()
  reply.end()
  expect(text()).toMatch(/^(: keep-alive\n\n)+late$/)
})
