// How frames lie in bytes. Chosen by endpoint or provider, not by dialect.

import type { EmitFrame, Frame } from './dialect.ts'

/** Cuts bytes, however they were split on the way, into the same frames. */
export type Splitter = {
  /** Throws when a frame grows beyond the framing's bound. */
  push(chunk: Uint8Array): void
  /** Emits what is left as the last frame, if it is one. */
  end(): void
}

export type Framing = {
  readonly id: string
  readonly contentType: string
  createSplitter(emit: EmitFrame): Splitter
  encode(frame: Frame): string
  /** A line clients ignore, to keep a silent connection alive; undefined where there is none. */
  comment?(text: string): string
  /** How many bytes of `bytes` are whole frames: the offset just after the last frame's end, 0 when none. */
  boundary(bytes: Uint8Array): number
}
