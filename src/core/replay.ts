// The other way round of `collect`: the events a whole answer would have come as.

import type { AssistantPart, ChatResponse } from './chat.ts'
import type { Emit, PartDelta, PartStart } from './events.ts'

/** Emits the events of a whole answer, so that stored and local answers render like any other. */
export function replay(response: ChatResponse, emit: Emit): void {
  const { id, model, createdAt, extensions, usage } = response
  emit({
    type: 'response-start',
    id,
    model,
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(extensions ? { extensions } : {}),
  })
  let index = 0
  for (const { index: choice, parts, finish } of response.choices) {
    for (const part of parts) {
      emit({ type: 'part-start', index, choice, part: toStart(part) })
      for (const delta of toDeltas(part)) emit({ type: 'part-delta', index, ...delta })
      emit({ type: 'part-end', index })
      index += 1
    }
    if (finish) emit({ type: 'finish', choice, ...finish })
  }
  if (usage) emit({ type: 'usage', usage })
  emit({ type: 'response-end' })
}

function toStart(part: AssistantPart): PartStart {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { type: part.type }
    case 'reasoning':
      return {
        type: 'reasoning',
        ...(part.redacted === undefined ? {} : { redacted: part.redacted }),
        ...(part.origin ? { origin: part.origin } : {}),
      }
    case 'tool-call':
      return {
        type: 'tool-call',
        id: part.id,
        name: part.name,
        kind: part.kind,
        ...(part.extensions ? { extensions: part.extensions } : {}),
      }
    case 'image':
    case 'audio':
      return { type: part.type, source: part.source }
    case 'opaque':
      return { type: 'opaque', dialect: part.dialect, raw: part.raw }
    default:
      return part satisfies never
  }
}

function toDeltas(part: AssistantPart): readonly Omit<PartDelta, 'type' | 'index'>[] {
  switch (part.type) {
    case 'text':
      return [
        ...(part.text === '' ? [] : [{ text: part.text }]),
        ...(part.citations ?? []).map((citation) => ({ citation })),
        ...(part.logprobs ? [{ logprobs: part.logprobs }] : []),
      ]
    case 'refusal':
      return part.text === '' ? [] : [{ text: part.text }]
    case 'reasoning':
      return [
        ...(part.text === '' ? [] : [{ text: part.text }]),
        ...(part.signature === undefined ? [] : [{ signature: part.signature }]),
      ]
    case 'tool-call':
      return [{ arguments: part.arguments }]
    case 'opaque':
      return (part.deltas ?? []).map((data) => ({ data }))
    case 'image':
    case 'audio':
      return []
    default:
      return part satisfies never
  }
}
