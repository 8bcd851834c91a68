// Builds decoders and encoders for the tests of this dialect.

import type { ChatRequest, ChatResponse } from '../../core/chat.ts'
import { createCollector } from '../../core/collect.ts'
import type { EncodeContext, Frame } from '../../core/dialect.ts'
import type { ChatEvent } from '../../core/events.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { createLosses, type Losses } from '../../core/loss.ts'
import { type ProfilePatch, withProfile } from '../../core/profile.ts'
import { profile } from './profile.ts'
import { createDecoder } from './stream-decoder.ts'
import { createEncoder } from './stream-encoder.ts'

export type Reading = { readonly events: readonly ChatEvent[]; readonly losses: Losses }

function createReading(patch: ProfilePatch) {
  const events: ChatEvent[] = []
  const losses = createLosses()
  let ids = 0
  const decoder = createDecoder(
    {
      profile: withProfile(profile, patch),
      target: { provider: 'place', model: 'model' },
      losses,
      createId: (prefix) => `${prefix}_${++ids}`,
    },
    (event) => events.push(event),
  )
  return { decoder, reading: { events, losses } }
}

/** The events of a stream of frames, and then its end. */
export function readFrames(frames: readonly Frame[], patch: ProfilePatch = {}): Reading {
  const { decoder, reading } = createReading(patch)
  for (const frame of frames) decoder.frame(frame)
  decoder.end()
  return reading
}

/** The events of a whole answer. */
export function readWhole(body: Json, patch: ProfilePatch = {}): Reading {
  const { decoder, reading } = createReading(patch)
  decoder.whole(body)
  decoder.end()
  return reading
}

/** A frame with one choice. */
export const chunk = (delta: JsonObject, more: JsonObject = {}, top: JsonObject = {}): Frame => ({
  data: JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'model-1',
    choices: [{ index: 0, delta, finish_reason: null, ...more }],
    ...top,
  }),
})

export const finish = (reason: string, top: JsonObject = {}): Frame =>
  chunk({}, { finish_reason: reason }, top)

export const done: Frame = { data: '[DONE]' }

/** The streams `deltas` begin, with an ordinary end. */
export const readDeltas = (
  deltas: readonly JsonObject[],
  reason = 'stop',
  patch: ProfilePatch = {},
) => readFrames([...deltas.map((delta) => chunk(delta)), finish(reason), done], patch)

export function collect(events: readonly ChatEvent[]): ChatResponse {
  const collector = createCollector()
  for (const event of events) collector.push(event)
  return collector.response()
}

/** The parts of the first choice. */
export const partsOf = ({ events }: Reading) => collect(events).choices[0]?.parts ?? []

export const errorOf = ({ events }: Reading) => {
  const last = events.at(-1)
  return last?.type === 'error' ? last.error : undefined
}

export function createContext(asked: Partial<ChatRequest> = {}): EncodeContext {
  let ids = 0
  return {
    asked: { model: 'm', system: [], turns: [], stream: true, ...asked },
    losses: createLosses(),
    estimateInput: () => 12,
    createId: (prefix) => `${prefix}_${++ids}`,
    now: () => 1_700_000_001,
  }
}

/** The frames events are written as. */
export function writeFrames(
  events: readonly ChatEvent[],
  context: EncodeContext = createContext(),
): readonly Frame[] {
  const frames: Frame[] = []
  const encoder = createEncoder(context, (frame) => frames.push(frame))
  for (const event of events) if (event.type !== 'error') encoder.event(event)
  return frames
}

export const toSse = (frames: readonly Frame[]): string =>
  frames.map(({ data }) => `data: ${data}\n\n`).join('')
