// What streams and whole answers of this dialect share: why an answer ends, citations, images, usage.

import type { AssistantPart, Citation, FinishReason } from '../../core/chat.ts'
import type { EncodeContext } from '../../core/dialect.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'
import { estimated, hasInput, hasOutput, type Usage } from '../../core/usage.ts'
import { dialectId } from './names.ts'
import { encodeUsage } from './usage.ts'

/** The words servers end an answer with; `failed` is no end but an error. */
const finishIn: { readonly [word: string]: FinishReason | 'failed' } = {
  stop: 'stop',
  end: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  end_turn: 'stop',
  complete: 'stop',
  completed: 'stop',
  stop_sequence: 'stop-sequence',
  length: 'length',
  max_tokens: 'length',
  model_length: 'context-full',
  model_context_window_exceeded: 'context-full',
  tool_calls: 'tool-calls',
  tool_use: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
  sensitive: 'content-filter',
  safety: 'content-filter',
  refusal: 'refusal',
  error: 'failed',
  network_error: 'failed',
  insufficient_system_resource: 'failed',
}

/** The neutral reason; a word nobody knows is an end, and said so. */
export function decodeFinish(word: string, losses: Losses): FinishReason | 'failed' {
  const reason = finishIn[word.toLowerCase()]
  if (reason) return reason
  losses.add('changed', 'finish_reason', `The unknown finish reason "${word}" is read as an end`)
  return 'stop'
}

const finishOut = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'context-full': 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  refusal: 'content_filter',
  pause: 'stop',
  'malformed-call': 'stop',
} as const satisfies Record<FinishReason, string>

/** The wire word. A refusal told in words ends with `stop`, a silent one is a filter's work. */
export function encodeFinish(reason: FinishReason, hasRefusal: boolean, losses: Losses): string {
  if (reason === 'pause' || reason === 'malformed-call')
    losses.add(
      'changed',
      'finish_reason',
      `This dialect has no word for "${reason}"; it says "stop"`,
    )
  return reason === 'refusal' && hasRefusal ? 'stop' : finishOut[reason]
}

/** An annotation as a citation; undefined for what is none. */
export function decodeAnnotation(annotation: Json): Citation | undefined {
  if (!isJsonObject(annotation)) return undefined
  const inner = isJsonObject(annotation['url_citation']) ? annotation['url_citation'] : annotation
  const { url, title, content } = inner as { url?: Json; title?: Json; content?: Json }
  return {
    ...(typeof url === 'string' ? { url } : {}),
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof content === 'string' ? { text: content } : {}),
    raw: { dialect: dialectId, fields: annotation },
  }
}

/**
 * An entry of the lists of sources some servers put beside their answer: an address, or an object with
 * one. Clients of this dialect read that list itself, so nothing is left for an annotation to say.
 */
export function decodeSource(source: Json): Citation | undefined {
  const { url, link, title, snippet, content } = isJsonObject(source)
    ? (source as { [key: string]: Json | undefined })
    : { url: source }
  const address = url ?? link
  if (typeof address !== 'string') return undefined
  const text = snippet ?? content
  return {
    url: address,
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof text === 'string' ? { text } : {}),
    raw: { dialect: dialectId, fields: {} },
  }
}

/** The annotation for a citation of the text between two offsets; undefined where there is none to write. */
export function encodeCitation(
  { url, title, raw }: Citation,
  start: number,
  end: number,
  losses: Losses,
): JsonObject | undefined {
  if (raw?.dialect === dialectId) return Object.keys(raw.fields).length > 0 ? raw.fields : undefined
  if (url === undefined) {
    losses.add('dropped', 'citations', 'This dialect cites only what has an address')
    return undefined
  }
  return {
    type: 'url_citation',
    url_citation: { url, title: title ?? url, start_index: start, end_index: end },
  }
}

/**
 * The fields of a delta or message for an opaque part: fields of this dialect as they came, and a
 * loss for everything else.
 */
export function encodeOpaque(
  { dialect, raw }: { readonly dialect: string; readonly raw: JsonObject },
  losses: Losses,
): JsonObject {
  const name = raw['type']
  if (dialect === dialectId && name === undefined) return raw
  const what = typeof name === 'string' ? name : (Object.keys(raw)[0] ?? 'content')
  losses.add('dropped', what, `This dialect cannot show "${what}"`)
  return {}
}

/** Usage a client can be shown: a prompt nobody counted is estimated, an answer nobody counted is not. */
export function encodeShownUsage(
  usage: Usage | undefined,
  context: EncodeContext,
): JsonObject | undefined {
  if (!usage || !hasOutput(usage) || hasInput(usage)) return encodeUsage(usage)
  context.losses.add('estimated', 'prompt_tokens', 'The provider did not count the prompt')
  return encodeUsage({
    ...usage,
    input: estimated(context.estimateInput()) ?? { tokens: 0, from: 'estimated' },
  })
}

const imageUrl = (part: AssistantPart & { type: 'image' }): string | undefined => {
  if (part.source.kind === 'url') return part.source.url
  return part.source.kind === 'base64'
    ? `data:${part.source.mediaType};base64,${part.source.data}`
    : undefined
}

/** An image of an answer as the few servers that give images write it. */
export function encodeImage(
  part: AssistantPart & { type: 'image' },
  index: number,
  losses: Losses,
): JsonObject | undefined {
  const url = imageUrl(part)
  if (url !== undefined) return { type: 'image_url', index, image_url: { url } }
  losses.add('dropped', 'image', 'An uploaded image cannot be shown in this dialect')
  return undefined
}

/** Audio made elsewhere has no transcript and no id, without which clients cannot read it. */
export const loseAudio = (losses: Losses): void =>
  losses.add('dropped', 'audio', 'This dialect shows audio only with its transcript')

export const encodeToolCall = (part: AssistantPart & { type: 'tool-call' }): JsonObject =>
  part.kind === 'custom'
    ? { id: part.id, type: 'custom', custom: { name: part.name, input: part.arguments } }
    : { id: part.id, type: 'function', function: { name: part.name, arguments: part.arguments } }
