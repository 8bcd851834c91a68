// Turns a provider's bytes into events, and what the ways of rendering have in common.

import { GatewayError } from '../../core/error.ts'
import type { ChatEvent, Emit, EventMap } from '../../core/events.ts'
import type { Splitter } from '../../core/framing.ts'
import { type Json, parseJson } from '../../core/json.ts'
import type { RenderPlan } from './rendering.ts'

export const ignore = (): void => {}

/** True for the first piece of a real answer: text, thought or a call, not the mere start of a text. */
export const isContent = (event: ChatEvent): boolean =>
  event.type === 'part-delta' || (event.type === 'part-start' && !startsEmpty.has(event.part.type))

const startsEmpty: ReadonlySet<string> = new Set(['text', 'reasoning', 'refusal'])

/** Errors our decoder found in the bytes; all others are in the provider's own words. */
export const ourFindings: ReadonlySet<string> = new Set([
  'provider-invalid-response',
  'provider-truncated',
])

/** Applies maps one after the other, `last` at the end. */
export const chain = (maps: readonly EventMap[], last: Emit): Emit =>
  maps.reduceRight<Emit>((next, map) => (event) => map(event, next), last)

function parseWhole(bytes: Uint8Array): Json | undefined {
  return parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
}

const notJson = (provider: string): GatewayError =>
  new GatewayError(
    'provider-invalid-response',
    `Provider "${provider}" answered with a body that is not JSON`,
    { provider },
  )

/** Splits, decodes and watches a provider's frames; used by every mode but encodeOnly. */
export function createReader(
  plan: RenderPlan,
  emit: Emit,
): { bytes(chunk: Uint8Array): void; whole(body: Uint8Array): void; end(): void } {
  const { target, decode } = plan
  if (!target) return { bytes: ignore, whole: ignore, end: ignore }
  const decoder = target.dialect.response.decoder(decode, emit)
  let splitter: Splitter | undefined
  return {
    bytes: (chunk) => {
      splitter ??= target.framing.createSplitter((frame) => decoder.frame(frame))
      splitter.push(chunk)
    },
    whole: (bytes) => {
      const body = parseWhole(bytes)
      if (body === undefined) emit({ type: 'error', error: notJson(decode.target.provider) })
      else decoder.whole(body)
    },
    end: () => {
      splitter?.end()
      decoder.end()
    },
  }
}

/** The taps that are content with what the meter sees. */
export const meterTaps = ({ taps }: RenderPlan): readonly EventMap[] =>
  taps.filter(({ needs }) => needs === 'meter').map((tap) => tap.create())
