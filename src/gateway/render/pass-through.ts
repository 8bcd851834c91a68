// The provider's bytes as they are, looked into only as far as needed to commit, meter and end them.

import type { Dialect, Frame } from '../../core/dialect.ts'
import { GatewayError } from '../../core/error.ts'
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
 * frame boundary, and only what comes after one of the dialect's marks in a read is looked into.
 */
export function passStream(plan: RenderPlan, output: Output): Rendering {
  const { meter, hidesUsageFrame } = plan
  const { dialect, framing } = plan.target ?? plan.client
  const marks = patternOf(dialect)
  const rest = createRest(framing)
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

  /** Shows a region of which the beginning up to `from` and the end after `to` were read. */
  const show = (region: Buffer, from: number, to: number): void => {
    if (!hidesUsageFrame) return output.write(region)
    output.write(withoutUsageFrames(region.subarray(0, from), dialect, framing))
    output.write(region.subarray(from, to))
    output.write(withoutUsageFrames(region.subarray(to), dialect, framing))
  }

  /** Reads frame by frame; the offset at which it was enough. */
  const readUntilCommit = (region: Buffer): number => {
    let position = 0
    while (!isCommitted && !isOver && position < region.length) {
      const end = frameEnd(region, position, framing)
      reader.bytes(region.subarray(position, end))
      position = end
    }
    return position
  }

  /** The offset of the first frame from `from` on that bears a mark. */
  const findMarked = (region: Buffer, from: number): number => {
    const mark = region.toString('latin1', from).search(marks)
    return mark < 0 ? region.length : from + framing.boundary(region.subarray(from, from + mark))
  }

  /** True when our own reading found the bytes wrong; they are then not shown. */
  const isSpoilt = (): boolean => meter.error !== undefined && ourFindings.has(meter.error.kind)

  const forward = (region: Buffer): void => {
    const from = readUntilCommit(region)
    if (isOver) return
    const to = findMarked(region, from)
    meter.bytes(to - from)
    reader.bytes(region.subarray(to))
    if (isOver) return
    if (!isSpoilt()) return show(region, from, to)
    isOver = true
    if (meter.error) output.fail(meter.error)
  }

  return {
    mode: 'passThrough',
    whole: ignore,
    event: ignore,
    chunk: (bytes) => {
      if (isOver) return
      const chunk = Buffer.isBuffer(bytes)
        ? bytes
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const frames = rest.push(chunk)
      if (frames) forward(frames)
    },
    end: () => {
      if (isOver) return
      // What is left lacks its frame's end: it is shown only if it proves to be a frame all the same.
      const left = rest.take()
      reader.bytes(left)
      reader.end()
      if (isOver) return
      isOver = true
      if (!isSpoilt()) show(left, left.length, left.length)
      if (meter.error) output.fail(meter.error, !isSpoilt())
      else output.end()
    },
  }
}

/** The most bytes of one frame: far above any real one, far below what would hurt. */
const maxFrameBytes = 16 * 1024 * 1024

type Rest = {
  /** The whole frames there are with `chunk`; undefined while there is none. Throws for a frame without end. */
  push(chunk: Buffer): Buffer | undefined
  /** What was left without its end. */
  take(): Buffer
}

/** The beginning of a frame whose end has not come. Pieces are put together once, not once a chunk. */
function createRest(framing: Framing): Rest {
  let pieces: Buffer[] = []
  let length = 0
  const keep = (piece: Buffer): void => {
    pieces.push(piece)
    length += piece.length
    if (length > maxFrameBytes) throw frameTooLarge()
  }
  const take = (): Buffer => {
    const [first] = pieces
    const whole = pieces.length === 1 && first ? first : Buffer.concat(pieces)
    pieces = []
    length = 0
    return whole
  }
  return {
    take,
    push: (chunk) => {
      // Frames end where lines do.
      if (length > 0 && !chunk.includes(10) && !chunk.includes(13)) {
        keep(chunk)
        return undefined
      }
      const whole = length === 0 ? chunk : Buffer.concat([take(), chunk])
      const boundary = framing.boundary(whole)
      if (boundary < whole.length) keep(whole.subarray(boundary))
      return boundary > 0 ? whole.subarray(0, boundary) : undefined
    },
  }
}

const frameTooLarge = (): GatewayError =>
  new GatewayError(
    'provider-invalid-response',
    `The provider sent a single frame of more than ${maxFrameBytes} bytes, which no answer needs`,
  )

// One pattern over all marks costs a fifth of a search for each of them.
const patterns = new WeakMap<Dialect, RegExp>()

function patternOf(dialect: Dialect): RegExp {
  const known = patterns.get(dialect)
  if (known) return known
  const marks = dialect.response.marks.map((mark) => mark.replace(/[^\w ]/g, '\\$&'))
  const pattern = new RegExp(marks.join('|') || '(?!)')
  patterns.set(dialect, pattern)
  return pattern
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
  const lineEnd = region.includes(10, from) ? 10 : 13
  for (let end = region.indexOf(lineEnd, from); end >= 0; end = region.indexOf(lineEnd, end + 1)) {
    const length = framing.boundary(region.subarray(from, end + 1))
    if (length > 0) return from + length
  }
  return region.length
}
