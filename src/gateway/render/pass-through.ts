// The provider's bytes as they are, looked into only as far as needed to commit, meter and end them.

import type { Dialect, Frame } from '../../core/dialect.ts'
import type { Framing } from '../../core/framing.ts'
import { chain, createReader, ignore, isContent, meterTaps, ourFindings } from './reader.ts'
import type { Output, Rendering, RenderPlan } from './rendering.ts'

/** A whole body: read once, sent as it came. */
export function passWhole(plan: RenderPlan, output: Output): Rendering {
  let body: Uint8Array | undefined
  let isOver = false
  const emit = chain(meterTaps(plan), (event) => {
    if (isOver) return
    plan.meter.event(event)
    if (event.type === 'error') {
      isOver = true
      output.fail(event.error)
    } else if (event.type === 'response-end') {
      isOver = true
      if (body) output.write(body)
      output.end()
    }
  })
  const reader = createReader(plan, emit)
  return {
    mode: 'passThrough',
    chunk: ignore,
    event: ignore,
    whole: (bytes) => {
      body = bytes
      reader.whole(bytes)
    },
    end: () => {
      if (!isOver) reader.end()
    },
  }
}

/**
 * Until commit every frame is decoded, to know what it is. After it bytes are forwarded up to the last
 * frame boundary, and only reads that bear one of the dialect's marks are looked into.
 */
export function passStream(plan: RenderPlan, output: Output): Rendering {
  const { meter, hidesUsageFrame } = plan
  const { dialect, framing } = plan.target ?? plan.client
  const marks = dialect.response.marks.map((mark) => Buffer.from(mark))
  let rest: Buffer = Buffer.alloc(0)
  let isCommitted = false
  let isOver = false

  const emit = chain(meterTaps(plan), (event) => {
    if (isOver) return
    meter.event(event)
    if (!isCommitted && isContent(event)) {
      isCommitted = true
      output.commit()
    }
    // Once committed the provider's own error frame goes to the client as it is; `end` settles it.
    if (event.type !== 'error' || isCommitted) return
    isOver = true
    output.fail(event.error)
  })
  const reader = createReader(plan, emit)

  const show = (region: Buffer, isRead: boolean): void =>
    output.write(isRead && hidesUsageFrame ? withoutUsageFrames(region, dialect, framing) : region)

  /** True when our own reading found the bytes wrong; they are then not shown. */
  const isSpoilt = (): boolean => meter.error !== undefined && ourFindings.has(meter.error.kind)

  const forward = (region: Buffer): void => {
    const isRead = !isCommitted || marks.some((mark) => region.includes(mark))
    if (isRead) reader.bytes(region)
    else meter.bytes(region.length)
    if (isOver) return
    if (!isSpoilt()) return show(region, isRead)
    isOver = true
    if (meter.error) output.fail(meter.error)
  }

  return {
    mode: 'passThrough',
    whole: ignore,
    event: ignore,
    chunk: (bytes) => {
      if (isOver) return
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const whole = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const boundary = framing.boundary(whole)
      rest = whole.subarray(boundary)
      if (boundary > 0) forward(whole.subarray(0, boundary))
    },
    end: () => {
      if (isOver) return
      // What is left lacks its frame's end: it is shown only if it proves to be a frame all the same.
      reader.bytes(rest)
      reader.end()
      if (isOver) return
      isOver = true
      if (!isSpoilt()) show(rest, true)
      if (meter.error) output.fail(meter.error, !isSpoilt())
      else output.end()
    },
  }
}

/** The same bytes less the frames our own edit caused; only called for the few reads with a mark. */
function withoutUsageFrames(region: Buffer, dialect: Dialect, framing: Framing): Buffer {
  const kept: Buffer[] = []
  let from = 0
  while (from < region.length) {
    const to = frameEnd(region, from, framing)
    const piece = region.subarray(from, to)
    let isUsage = false
    const splitter = framing.createSplitter((frame: Frame) => {
      if (dialect.response.isUsageFrame?.(frame)) isUsage = true
    })
    splitter.push(piece)
    splitter.end()
    if (!isUsage) kept.push(piece)
    from = to
  }
  return kept.length === 1 && kept[0] ? kept[0] : Buffer.concat(kept)
}

/** Where the frame that starts at `from` ends: the first boundary after it. */
function frameEnd(region: Buffer, from: number, framing: Framing): number {
  for (
    let newline = region.indexOf(10, from);
    newline >= 0;
    newline = region.indexOf(10, newline + 1)
  ) {
    const length = framing.boundary(region.subarray(from, newline + 1))
    if (length > 0) return from + length
  }
  return region.length
}
