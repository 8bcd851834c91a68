// Knows at any moment what an answer has cost and how it stands, so that something true can be said
// of it even when it is cut off.

import type { GatewayError } from '../core/error.ts'
import type { ChatEvent } from '../core/events.ts'
import { estimated, hasInput, hasOutput, mergeUsage, toUsage, type Usage } from '../core/usage.ts'

export type Meter = {
  event(event: ChatEvent): void
  /** Bytes of an answer forwarded unread. */
  bytes(count: number): void
  /** Reported usage, with estimates for what nobody reported. */
  usage(estimateInput: () => number): Usage
  readonly error: GatewayError | undefined
  /** True once the provider said why the answer ends. */
  readonly hasFinished: boolean
  /** True once its answer is complete or has failed. */
  readonly hasEnded: boolean
}

const charactersPerToken = 4
// A streamed token forwarded unread is one frame of about this many bytes.
const bytesPerStreamedToken = 170

export function createMeter(): Meter {
  let usage: Usage | undefined
  let characters = 0
  let unreadBytes = 0

  // Plain fields: a getter in an object made for every call gives each object a hidden class of its own.
  const meter: { -readonly [Field in keyof Meter]: Meter[Field] } = {
    error: undefined,
    hasFinished: false,
    hasEnded: false,
    bytes: (count) => {
      unreadBytes += count
    },
    event: (event) => {
      if (event.type === 'part-delta') characters += (event.text ?? event.arguments ?? '').length
      else if (event.type === 'usage') usage = mergeUsage(usage, event.usage)
      else if (event.type === 'finish') meter.hasFinished = true
      else if (event.type === 'response-end') meter.hasEnded = true
      else if (event.type === 'error') {
        meter.error = event.error
        meter.hasEnded = true
      }
    },
    usage: (estimateInput) => {
      const known = usage ?? {}
      const output = characters / charactersPerToken + unreadBytes / bytesPerStreamedToken
      return mergeUsage(
        toUsage({
          ...(hasInput(known) ? {} : { input: estimated(estimateInput()) }),
          ...(hasOutput(known) ? {} : { output: estimated(Math.ceil(output)) }),
        }),
        known,
      )
    },
  }
  return meter
}
