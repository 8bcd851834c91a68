// One exchange with a local provider: its events go straight to the rendering.

import type { ChatCall } from '../../core/call.ts'
import type { ChatRequest } from '../../core/chat.ts'
import { toGatewayError } from '../../core/error.ts'
import { createLosses } from '../../core/loss.ts'
import type { LocalProvider, Target } from '../../core/provider.ts'
import { createCancellation, type Services } from '../../core/services.ts'
import type { Output, Rendering } from '../render/rendering.ts'
import type { ReplyStream } from '../reply-stream.ts'
import { createRendering } from '../transcode.ts'
import {
  clientSide,
  type EngineSettings,
  encodeContext,
  type Surroundings,
} from './engine-settings.ts'
import type { ExchangeEnd } from './exchange.ts'

/** Asks a local provider and renders its events for the client. */
export function exchangeLocally(
  call: ChatCall,
  target: Target,
  provider: LocalProvider,
  settings: EngineSettings,
  { reply, head, meter }: Surroundings,
): Promise<ExchangeEnd> {
  const { services } = settings
  const losses = createLosses()
  const render = (output: Output): Rendering => {
    const rendering = createRendering(
      {
        client: clientSide(call, settings),
        target: undefined,
        wasForwarded: false,
        hidesUsageFrame: false,
        decode: {
          profile: call.dialect.profile,
          target: { provider: target.upstream.id, model: target.model },
          losses,
          createId: services.id,
        },
        encode: () => encodeContext(call, settings, losses),
        undo: [],
        taps: call.taps,
        isStrict: call.isStrict,
        meter,
      },
      output,
    )
    head.rendered({}, losses, rendering.mode)
    return rendering
  }
  return runLocalExchange(
    provider,
    { ...call.request(), model: target.model },
    services,
    reply,
    render,
  )
}

async function runLocalExchange(
  provider: LocalProvider,
  request: ChatRequest,
  services: Services,
  reply: ReplyStream,
  render: (output: Output) => Rendering,
): Promise<ExchangeEnd> {
  const cancellation = createCancellation()
  let resume: (() => void) | undefined
  let paused: Promise<void> | undefined
  const wake = (): void => {
    paused = undefined
    resume?.()
  }
  reply.setFlow({
    pause: () => {
      paused ??= new Promise((onResume) => {
        resume = onResume
      })
    },
    resume: wake,
    abort: () => {
      cancellation.cancel()
      wake()
    },
  })
  let end: ExchangeEnd | undefined
  const rendering = render({
    write: (chunk) => reply.write(chunk),
    commit: () => reply.commit(),
    end: () => {
      reply.end()
      end = { type: 'answered' }
    },
    fail: (error) => {
      if (reply.isHeld) end = { type: 'failed', error }
      else {
        reply.fail(error)
        end = { type: 'answered' }
      }
    },
  })
  try {
    for await (const event of provider.answer(request, { cancellation, services })) {
      if (cancellation.isCancelled || end) break
      rendering.event(event)
      if (paused) await paused
    }
    if (!end && !cancellation.isCancelled) rendering.end()
  } catch (thrown) {
    if (!cancellation.isCancelled && !end) {
      const error = toGatewayError(thrown)
      if (reply.isHeld) end = { type: 'failed', error }
      else reply.fail(error)
    }
  }
  reply.setFlow(undefined)
  return cancellation.isCancelled ? { type: 'cancelled' } : (end ?? { type: 'answered' })
}
