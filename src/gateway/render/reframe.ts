// The provider's frames in the client's framing: same words, other envelope.

import { chain, ignore, isContent, meterTaps } from './reader.ts'
import type { Output, Rendering, RenderPlan } from './rendering.ts'

export function reframe(plan: RenderPlan, output: Output): Rendering {
  const { meter, client, hidesUsageFrame } = plan
  const target = plan.target ?? client
  let out = ''
  let isCommitted = false
  let isOver = false
  const flush = (): void => {
    if (out === '') return
    const text = out
    out = ''
    output.write(text)
  }
  const decoder = target.dialect.response.decoder(
    plan.decode,
    chain(meterTaps(plan), (event) => {
      if (isOver) return
      meter.event(event)
      if (!isCommitted && isContent(event)) {
        isCommitted = true
        output.commit()
      }
      if (event.type !== 'error') return
      isOver = true
      flush()
      output.fail(event.error)
    }),
  )
  const splitter = target.framing.createSplitter((frame) => {
    decoder.frame(frame)
    if (isOver || (hidesUsageFrame && target.dialect.response.isUsageFrame?.(frame))) return
    out += client.framing.encode(frame)
  })
  return {
    mode: 'reframe',
    whole: ignore,
    event: ignore,
    chunk: (bytes) => {
      if (isOver) return
      splitter.push(bytes)
      flush()
    },
    end: () => {
      if (isOver) return
      splitter.end()
      decoder.end()
      if (isOver) return
      isOver = true
      flush()
      output.end()
    },
  }
}
