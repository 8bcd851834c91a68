// The provider's events in the client's dialect, streamed or whole.

import { createCollector } from '../../core/collect.ts'
import { GatewayError } from '../../core/error.ts'
import type { ChatEvent } from '../../core/events.ts'
import { losesMeaning, toLossHeader } from '../../core/loss.ts'
import { chain, createReader, ignore, isContent } from './reader.ts'
import type { Output, Rendering, RenderMode, RenderPlan } from './rendering.ts'

export function translate(plan: RenderPlan, output: Output, mode: RenderMode): Rendering {
  const { client, meter } = plan
  const writer = client.isStream ? streamWriter(plan, output) : wholeWriter(plan, output)
  let isOver = false
  const show = (event: ChatEvent): void => {
    if (isOver) return
    meter.event(event)
    if (event.type === 'error') {
      isOver = true
      writer.flush()
      return output.fail(event.error)
    }
    if (event.type === 'response-end') {
      isOver = true
      const refused = refusedLoss(plan)
      if (refused) return output.fail(refused)
      writer.event(event)
      writer.flush()
      return output.end()
    }
    writer.event(event)
  }
  const taps = plan.taps.map((tap) => tap.create())
  const emit = chain([...plan.undo.toReversed(), ...taps], show)
  const reader = createReader(plan, emit)
  return {
    mode,
    chunk: (bytes) => {
      if (isOver) return
      reader.bytes(bytes)
      writer.flush()
    },
    whole: (bytes) => reader.whole(bytes),
    event: (event) => {
      emit(event)
      if (!isOver) writer.flush()
    },
    end: () => {
      if (isOver) return
      reader.end()
      if (!isOver && !plan.target) emit({ type: 'response-end' })
    },
  }
}

function refusedLoss({ isStrict, encode, decode }: RenderPlan): GatewayError | undefined {
  const lost = isStrict ? [...encode.losses.list, ...decode.losses.list].filter(losesMeaning) : []
  return lost.length === 0
    ? undefined
    : new GatewayError(
        'loss-refused',
        `Strict mode refuses this answer: ${lost.map(({ kind, what, why }) => `${kind} ${what} (${why})`).join('; ')}`,
      )
}

type Writer = { event(event: Exclude<ChatEvent, { type: 'error' }>): void; flush(): void }

function streamWriter({ client, encode }: RenderPlan, output: Output): Writer {
  const { dialect, framing } = client
  let out = ''
  let isCommitted = false
  const encoder = dialect.response.encoder(encode, (frame) => {
    out += framing.encode(frame)
  })
  const flush = (): void => {
    if (out === '') return
    const text = out
    out = ''
    output.write(text)
  }
  return {
    flush,
    event: (event) => {
      if (event.type === 'response-end' && encode.losses.list.length > 0) {
        out += framing.comment?.(`x-router-loss: ${toLossHeader(encode.losses.list)}`) ?? ''
      }
      encoder.event(event)
      if (isCommitted || !isContent(event)) return
      isCommitted = true
      flush()
      output.commit()
    },
  }
}

function wholeWriter({ client, encode }: RenderPlan, output: Output): Writer {
  const collector = createCollector()
  return {
    flush: ignore,
    event: (event) => {
      collector.push(event)
      if (event.type !== 'response-end') return
      output.write(
        JSON.stringify(client.dialect.response.encodeWhole(collector.response(), encode)),
      )
    },
  }
}
