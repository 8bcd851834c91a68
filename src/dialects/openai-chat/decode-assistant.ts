// What a client says the assistant said before: text, thought, refusals, calls.

import type { AssistantPart, ReasoningPart, ToolCallPart, Turn } from '../../core/chat.ts'
import { isJsonObject } from '../../core/json.ts'
import { decodeCache, decodeContent } from './decode-parts.ts'
import { decodeDataUrl } from './media.ts'
import { extra, nameOf, type OpenCalls, withMark } from './message-fields.ts'
import { readObjects, readString, refuse, type Source } from './read.ts'
import { decodeDetails, joinDetails } from './reasoning-details.ts'

/** Arguments as raw JSON text; some clients send the object itself. */
function readArguments(source: Source, key: string): string {
  const value = source.fields[key] ?? undefined
  if (isJsonObject(value)) return JSON.stringify(value)
  return readString(source, key) ?? ''
}

function decodeCall(source: Source): ToolCallPart {
  const isCustom = isJsonObject(source.fields['custom'])
  const key = isCustom ? 'custom' : 'function'
  const content = source.fields[key]
  if (!isJsonObject(content))
    return refuse(`${source.path}.${key}`, content, 'an object with a name')
  const inner: Source = { fields: content, path: `${source.path}.${key}` }
  const name = readString(inner, 'name')
  const text = readArguments(inner, isCustom ? 'input' : 'arguments')
  return {
    type: 'tool-call',
    id: readString(source, 'id') ?? '',
    name: name || refuse(`${inner.path}.name`, name, 'the name of a tool'),
    arguments: text.trim() === '' && !isCustom ? '{}' : text,
    kind: isCustom ? 'custom' : 'function',
    ...decodeCache(source.fields),
    ...extra(source.fields, 'id', 'type', 'index', key),
  }
}

/** The old single call, which had no id: its result names the function. */
function decodeOldCall(source: Source): readonly ToolCallPart[] {
  const fields = source.fields['function_call'] ?? undefined
  if (fields === undefined) return []
  const call = decodeCall({ fields: { function: fields }, path: source.path })
  return [{ ...call, id: `call_${source.path.replace(/\D+/g, '')}_${call.name}` }]
}

/** The thought of a turn under any of its names; the same text under two names is read once. */
function decodeThought(source: Source, written: readonly string[]): readonly ReasoningPart[] {
  const plain =
    readString(source, 'reasoning_content') ||
    readString(source, 'reasoning') ||
    readString(source, 'reasoning_text') ||
    written.join('')
  const details = joinDetails(decodeDetails(source.fields['reasoning_details']))
  const detailed = details.map(({ text }) => text).join('')
  const isSigned = details.some(({ signature }) => signature !== undefined)
  const reads =
    detailed !== '' && (plain === '' || plain === detailed || isSigned) ? 'details' : 'plain'
  const parts: ReasoningPart[] = []
  let rest = reads === 'plain' ? plain : ''
  for (const { text, signature, redacted, origin } of details) {
    const own = reads === 'details' ? text : redacted === undefined ? rest : ''
    if (redacted === undefined && reads === 'plain') rest = ''
    if (own === '' && signature === undefined && redacted === undefined) continue
    parts.push({
      type: 'reasoning',
      text: own,
      ...(signature === undefined ? {} : { signature }),
      ...(redacted === undefined ? {} : { redacted }),
      origin,
    })
  }
  return rest === '' ? parts : [{ type: 'reasoning', text: rest }, ...parts]
}

function decodeSpoken(source: Source): { parts: AssistantPart[]; thoughts: string[] } {
  const parts: AssistantPart[] = []
  const thoughts: string[] = []
  for (const part of decodeContent(source)) {
    if (part.type === 'thinking') thoughts.push(part.text)
    else if (part.type === 'document')
      refuse(`${source.path}.content`, 'file', 'parts an assistant can write')
    else parts.push(part)
  }
  const refusal = readString(source, 'refusal')
  if (refusal) parts.push({ type: 'refusal', text: refusal })
  for (const { fields } of readObjects(source, 'images') ?? []) {
    const inner = fields['image_url']
    const url = isJsonObject(inner) ? inner['url'] : inner
    if (typeof url === 'string')
      parts.push({ type: 'image', source: decodeDataUrl(url) ?? { kind: 'url', url } })
  }
  const audio = source.fields['audio']
  const id = isJsonObject(audio) ? audio['id'] : undefined
  if (typeof id === 'string') parts.push({ type: 'audio', source: { kind: 'file', id } })
  return { parts, thoughts }
}

const assistantFields = [
  'name',
  'refusal',
  'images',
  'audio',
  'tool_calls',
  'function_call',
  'reasoning_content',
  'reasoning',
  'reasoning_text',
  'reasoning_details',
]

/** An assistant's message: thought first, then what it said, then its calls. */
export function decodeAssistant(source: Source, open: OpenCalls): Turn {
  const { parts, thoughts } = decodeSpoken(source)
  const calls = [
    ...(readObjects(source, 'tool_calls') ?? []).map(decodeCall),
    ...decodeOldCall(source),
  ]
  for (const { name, id } of calls) open.set(name, [...(open.get(name) ?? []), id])
  return {
    role: 'assistant',
    parts: [...decodeThought(source, thoughts), ...withMark(parts, source.fields), ...calls],
    ...nameOf(source),
    ...extra(source.fields, ...assistantFields),
  }
}
