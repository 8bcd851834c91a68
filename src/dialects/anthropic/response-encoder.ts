// Events of an answer as this dialect's frames.

import type { Finish } from '../../core/chat.ts'
import type { EmitFrame, EncodeContext, Encoder } from '../../core/dialect.ts'
import { estimateTextTokens } from '../../core/estimate.ts'
import type { ChatEvent, PartDelta } from '../../core/events.ts'
import { type JsonObject, omit, toJsonObject } from '../../core/json.ts'
import { hasInput, mergeUsage, type Usage } from '../../core/usage.ts'
import { createBlockWriter } from './block-writer.ts'
import { encodeStopReason, noteEstimates, ownFieldsOf } from './response.ts'
import { completeUsage, encodeUsage, estimatedFields } from './usage.ts'

type Head = Extract<ChatEvent, { type: 'response-start' }>

/** Fields of an answer's end that stand beside the delta; all others stand in it. */
const besideDelta = new Set(['context_management'])
const mergedKeys = new Set(['usage', 'stop_details', ...besideDelta])

export function createEncoder(context: EncodeContext, emit: EmitFrame): Encoder {
  const { asked, losses, createId, estimateInput } = context
  let head: Head | undefined
  let isStarted = false
  let usage: Usage | undefined
  let finish: Finish | undefined
  let startExtras: JsonObject = {}
  let outputTokens = 0

  const write = (event: string, text: string): void => emit({ event, data: text })
  const blocks = createBlockWriter(context, write)

  /** Held until the input is known or content comes, so that its count can be the provider's own. */
  const start = (): void => {
    if (isStarted) return
    isStarted = true
    const own = ownFieldsOf(head?.extensions)
    startExtras = toJsonObject(own['usage'])
    // A guess here is no loss: the end tells the truth, or tells that it cannot.
    const counts = completeUsage(usage, estimateInput, () => 1)
    const message = {
      id: head?.id || createId('msg'),
      type: 'message',
      role: 'assistant',
      model: head?.model || asked.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      ...omit(own, mergedKeys),
      usage: encodeUsage(counts, startExtras),
    }
    write('message_start', JSON.stringify({ type: 'message_start', message }))
  }

  const end = (): void => {
    start()
    blocks.close()
    const own = ownFieldsOf(finish?.extensions)
    const counts = completeUsage(usage, estimateInput, () => outputTokens)
    noteEstimates(estimatedFields(counts), losses)
    const beside = Object.fromEntries(Object.entries(own).filter(([key]) => besideDelta.has(key)))
    const ending = { finish, hasToolCalls: blocks.hasToolCalls, refusal: blocks.refusal }
    const frame = {
      type: 'message_delta',
      delta: { ...encodeStopReason(ending, losses), ...omit(own, mergedKeys) },
      usage: encodeUsage(counts, { ...startExtras, ...toJsonObject(own['usage']) }),
      ...beside,
    }
    write('message_delta', JSON.stringify(frame))
    write('message_stop', '{"type":"message_stop"}')
  }

  const count = ({ text, arguments: piece }: PartDelta): void => {
    if (text !== undefined) outputTokens += estimateTextTokens(text)
    else if (piece !== undefined) outputTokens += estimateTextTokens(piece)
  }

  return {
    event: (event) => {
      switch (event.type) {
        case 'response-start':
          head = event
          return
        case 'part-start':
          start()
          return blocks.start(event)
        case 'part-delta':
          count(event)
          return blocks.delta(event)
        case 'part-end':
          return blocks.end(event.index)
        case 'usage':
          usage = mergeUsage(usage, event.usage)
          if (!isStarted && hasInput(usage)) start()
          return
        case 'finish': {
          const { type: _type, choice, ...rest } = event
          if (choice === 0) finish = rest
          return
        }
        case 'response-end':
          return end()
        default:
          event satisfies never
      }
    },
  }
}
