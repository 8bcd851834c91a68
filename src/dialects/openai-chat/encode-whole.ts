// A whole answer as this dialect writes it: one message for each choice.

import type { AssistantPart, ChatResponse, Choice } from '../../core/chat.ts'
import type { EncodeContext } from '../../core/dialect.ts'
import { type JsonObject, withoutUndefined } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'
import { type MessageState, readState } from './message-state.ts'
import { mergeFields, ownFieldsOf } from './names.ts'
import { encodeDetail } from './reasoning-details.ts'
import {
  encodeCitation,
  encodeFinish,
  encodeImage,
  encodeOpaque,
  encodeShownUsage,
  encodeToolCall,
  loseAudio,
} from './response.ts'

type Message = {
  text: string | undefined
  refusal: string | undefined
  reasoning: string
  readonly details: JsonObject[]
  readonly tools: JsonObject[]
  readonly annotations: JsonObject[]
  readonly images: JsonObject[]
  readonly logprobs: JsonObject[]
  fields: JsonObject
  thoughts: number
}

function addState(message: Message, { message: fields, calls }: MessageState): void {
  message.fields = mergeFields(message.fields, fields)
  for (const [position, state] of calls.entries()) {
    const tool = message.tools[position]
    if (tool) message.tools[position] = mergeFields(state, tool)
  }
}

function addReasoning(message: Message, part: AssistantPart & { type: 'reasoning' }): void {
  const index = message.thoughts++
  message.reasoning += part.text
  if (part.redacted !== undefined)
    message.details.push(encodeDetail({ redacted: part.redacted, origin: part.origin }, index))
  else if (part.signature !== undefined || part.origin !== undefined)
    message.details.push(
      encodeDetail({ text: part.text, signature: part.signature, origin: part.origin }, index),
    )
}

function addText(message: Message, part: AssistantPart & { type: 'text' }, losses: Losses): void {
  const start = message.text?.length ?? 0
  message.text = (message.text ?? '') + part.text
  for (const citation of part.citations ?? []) {
    const annotation = encodeCitation(citation, start, message.text.length, losses)
    if (annotation) message.annotations.push(annotation)
  }
  message.logprobs.push(...(part.logprobs ?? []))
}

function addPart(message: Message, part: AssistantPart, { asked, losses }: EncodeContext): void {
  switch (part.type) {
    case 'text':
      return addText(message, part, losses)
    case 'refusal':
      message.refusal = (message.refusal ?? '') + part.text
      return
    case 'reasoning': {
      const state = readState(part)
      if (state) addState(message, state)
      else if (asked.reasoning?.isShown !== false) addReasoning(message, part)
      return
    }
    case 'tool-call':
      message.tools.push(encodeToolCall(part))
      return
    case 'image': {
      const image = encodeImage(part, message.images.length, losses)
      if (image) message.images.push(image)
      return
    }
    case 'audio':
      return loseAudio(losses)
    case 'opaque':
      message.fields = mergeFields(message.fields, encodeOpaque(part, losses))
      return
    default:
      return part satisfies never
  }
}

const orUndefined = <T>(list: readonly T[]): readonly T[] | undefined =>
  list.length === 0 ? undefined : list

function encodeChoice({ index, parts, finish }: Choice, context: EncodeContext): JsonObject {
  const message: Message = {
    text: undefined,
    refusal: undefined,
    reasoning: '',
    details: [],
    tools: [],
    annotations: [],
    images: [],
    logprobs: [],
    fields: {},
    thoughts: 0,
  }
  for (const part of parts) addPart(message, part, context)
  const isSilent = message.tools.length > 0 || message.refusal !== undefined
  return {
    index,
    message: withoutUndefined({
      ...message.fields,
      role: 'assistant',
      content: message.text ?? (isSilent ? null : ''),
      refusal: message.refusal ?? null,
      reasoning_content: message.reasoning || undefined,
      reasoning_details: orUndefined(message.details),
      tool_calls: orUndefined(message.tools),
      annotations: orUndefined(message.annotations),
      images: orUndefined(message.images),
    }),
    logprobs: message.logprobs.length > 0 ? { content: message.logprobs, refusal: null } : null,
    finish_reason: encodeFinish(
      finish?.reason ?? 'stop',
      message.refusal !== undefined,
      context.losses,
    ),
    ...ownFieldsOf(finish?.extensions),
  }
}

/** A whole `chat.completion`. */
export function encodeWhole(response: ChatResponse, context: EncodeContext): JsonObject {
  const usage = encodeShownUsage(response.usage, context)
  return {
    ...ownFieldsOf(response.extensions),
    id: response.id,
    object: 'chat.completion',
    created: response.createdAt ?? context.now(),
    model: response.model,
    choices: response.choices.map((choice) => encodeChoice(choice, context)),
    ...(usage ? { usage } : {}),
  }
}
