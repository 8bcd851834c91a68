// The provider's events in the client's dialect, streamed or whole.

import { createCollector } from '../../core/collect.ts'
import type { EncodeContext } from '../../core/dialect.ts'
import { GatewayError } from '../../core/error.ts'
import type { ChatEvent } from '../../core/events.ts'
import { losesMeaning, toLossHeader } from '../../core/loss.ts'
import { chain, createReader, ignore, isContent } from './reader.ts'
import type { Output, Rendering, RenderMode, RenderPlan, Side } from './rendering.ts'

export function translate(plan: RenderPlan, output: Output, mode: RenderMode): Rendering {
  const { client, meter } = plan
  const encode = plan.encode()
  const writer = client.isStream
    ? streamWriter(client, encode, output)
    : wholeWriter(client, encode, output)
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
      writer.event(event)
      // Some losses show only once the end is written.
      const refused = refusedLoss(plan, encode)
      if (refused) {
        writer.flush()
        return output.fail(refused)
      }
      writer.finish()
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

function refusedLoss(
  { isStrict, decode }: RenderPlan,
  encode: EncodeContext,
): GatewayError | undefined {
  const lost = isStrict ? [...encode.losses.list, ...decode.losses.list].filter(losesMeaning) : []
  return lost.length === 0
    ? undefined
    : new GatewayError(
        'loss-refused',
        `Strict mode refuses this answer: ${lost.map(({ kind, what, why }) => `${kind} ${what} (${why})`).join('; ')}`,
      )
}

type Writer = {
  event(event: Exclude<ChatEvent, { type: 'error' }>): void
  flush(): void
  /** Shows the end that `event` was given. */
  finish(): void
}

function streamWriter({ dialect, framing }: Side, encode: EncodeContext, output: Output): Writer {
  let out = ''
  let ending = ''
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
      if (event.type !== 'response-end') {
        encoder.event(event)
        if (isCommitted || !isContent(event)) return
        isCommitted = true
        flush()
        return output.commit()
      }
      const before = out
      out = ''
      encoder.event(event)
      const { list } = encode.losses
      const told = list.length > 0 ? framing.comment?.(`x-router-loss: ${toLossHeader(list)}`) : ''
      ending = (told ?? '') + out
      out = before
    },
    finish: () => {
      out += ending
      flush()
    },
  }
}

function wholeWriter({ dialect }: Side, encode: EncodeContext, output: Output): Writer {
  const collector = createCollector()
  return {
    flush: ignore,
    event: (event) => {
      collector.push(event)
      if (event.type !== 'response-end') return
      output.write(JSON.stringify(dialect.response.encodeWhole(collector.response(), encode)))
    },
    finish: ignore,
  }
}
