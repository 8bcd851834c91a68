// What the attempt engine works with: the description in force, the live state, and look-ups by id.

import type { ChatCall } from '../../core/call.ts'
import type { Dialect, EncodeContext } from '../../core/dialect.ts'
import type { Framing } from '../../core/framing.ts'
import type { Losses } from '../../core/loss.ts'
import type { KeyRing } from '../keys.ts'
import type { Meter } from '../meter.ts'
import type { Parts } from '../parts.ts'
import type { Side } from '../render/rendering.ts'
import type { ReplyHead } from '../reply-head.ts'
import type { ReplyStream } from '../reply-stream.ts'
import type { GatewayServices } from '../services.ts'

export type EngineSettings = {
  readonly parts: Parts
  readonly services: GatewayServices
  readonly keys: KeyRing
  readonly dialects: ReadonlyMap<string, Dialect>
  /** Throws `internal` for an id no list has. */
  framingOf(id: string): Framing
  /** This process's mark in the hop header. */
  readonly hop: string
}

/** What one exchange shares with the walk it is part of. */
export type Surroundings = {
  readonly reply: ReplyStream
  readonly head: ReplyHead
  readonly meter: Meter
}

export const clientSide = (call: ChatCall, { framingOf }: EngineSettings): Side => ({
  dialect: call.dialect,
  framing: framingOf(call.dialect.framing),
  isStream: call.isStream,
})

/** What an encoder is told of this call. */
export const encodeContext = (
  call: ChatCall,
  { services }: EngineSettings,
  losses: Losses,
): EncodeContext => ({
  asked: call.request(),
  losses,
  estimateInput: call.estimateInput,
  createId: services.id,
  now: () => Math.floor(services.now() / 1000),
})
