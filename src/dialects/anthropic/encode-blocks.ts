// Parts of turns as this dialect's content blocks. What the target cannot take is left out and told.

import type {
  AssistantPart,
  OpaquePart,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  UserPart,
} from '../../core/chat.ts'
import { GatewayError } from '../../core/error.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { encodeDocument, encodeImage } from './encode-media.ts'
import { dialectId } from './names.ts'
import { foldBlock } from './opaque.ts'
import { toToolInput } from './tool-input.ts'
import { carry, type EncodeTools, mapBlocks, type Wire } from './wire.ts'

/** Blocks of a user message, tool results first, as the API wants them. */
export function encodeUserBlocks(parts: readonly UserPart[], tools: EncodeTools): readonly Wire[] {
  const results = parts.filter(({ type }) => type === 'tool-result')
  const rest = parts.filter(({ type }) => type !== 'tool-result')
  return mapBlocks([...results, ...rest], (part) => encodeUserPart(part, tools))
}

export const encodeAssistantBlocks = (
  parts: readonly AssistantPart[],
  tools: EncodeTools,
): readonly Wire[] => mapBlocks(parts, (part) => encodeAssistantPart(part, tools))

function encodeUserPart(part: UserPart, tools: EncodeTools): Wire | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(part, tools)
    case 'image':
      return tools.marks.put(encodeImage(part, tools.losses), part)
    case 'document':
      return tools.marks.put(encodeDocument(part, tools.losses), part)
    case 'tool-result':
      return encodeToolResult(part, tools)
    case 'opaque':
      return encodeOpaque(part, tools)
    case 'audio':
      throw new GatewayError(
        'unsupported',
        'Audio cannot be sent to this target; send its transcript, or choose a model that hears',
        { param: 'messages' },
      )
    default:
      return part satisfies never
  }
}

function encodeAssistantPart(part: AssistantPart, tools: EncodeTools): Wire | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(part, tools)
    case 'refusal':
      return encodeText({ ...part, type: 'text' }, tools)
    case 'reasoning':
      return encodeReasoning(part, tools)
    case 'tool-call':
      return encodeToolCall(part, tools)
    case 'image':
      return tools.marks.put(encodeImage(part, tools.losses), part)
    case 'opaque':
      return encodeOpaque(part, tools)
    case 'audio':
      tools.losses.add('dropped', 'audio', 'The target takes no audio of earlier answers')
      return undefined
    default:
      return part satisfies never
  }
}

/** A text block; undefined for blank text where the target refuses it. */
export function encodeText(
  part: TextPart,
  { profile, losses, marks }: EncodeTools,
): Wire | undefined {
  if (!profile.turns.emptyText && part.text.trim() === '') return undefined
  const citations = encodeCitations(part, losses)
  const block = {
    type: 'text',
    text: part.text,
    ...(citations.length > 0 ? { citations } : {}),
    ...carry(part, losses),
  }
  return marks.put(block, part)
}

function encodeCitations(part: TextPart, losses: EncodeTools['losses']): readonly JsonObject[] {
  const own: JsonObject[] = []
  for (const { raw } of part.citations ?? []) {
    if (raw?.dialect === dialectId) own.push(raw.fields)
    else losses.add('dropped', 'citations', 'Citations of other providers cannot be sent back')
  }
  return own
}

function encodeToolCall(part: ToolCallPart, { losses, marks }: EncodeTools): Wire {
  const block = {
    type: 'tool_use',
    id: part.id,
    name: part.name,
    input: toToolInput(part, losses),
    ...carry(part, losses),
  }
  return marks.put(block, part)
}

function encodeToolResult(part: ToolResultPart, tools: EncodeTools): Wire {
  const content = mapBlocks(part.content, (inner) => encodeUserPart(inner, tools))
  const block: Wire = {
    type: 'tool_result',
    tool_use_id: part.id,
    ...(content.length > 0 ? { content: collapse(content) } : {}),
    ...(part.isError === undefined ? {} : { is_error: part.isError }),
    ...carry(part, tools.losses),
  }
  return tools.marks.put(block, part)
}

/** A single plain text block as a string: the oldest form, which every target takes. */
export function collapse(blocks: readonly Wire[]): Json {
  const [only] = blocks
  const isPlain =
    blocks.length === 1 && only && only['type'] === 'text' && Object.keys(only).length === 2
  return isPlain ? (only['text'] ?? '') : blocks
}

/** Signed thought goes back as it came or not at all; a signature is worth nothing elsewhere. */
function encodeReasoning(part: ReasoningPart, { profile, losses }: EncodeTools): Wire | undefined {
  const isOwn = part.origin === undefined || part.origin.dialect === dialectId
  const { history } = profile.reasoning
  if (history !== 'never' && isOwn) {
    if (part.redacted !== undefined)
      return { type: 'redacted_thinking', data: part.redacted, ...carry(part, losses) }
    if (part.signature !== undefined)
      return {
        type: 'thinking',
        thinking: part.text,
        signature: part.signature,
        ...carry(part, losses),
      }
  }
  if (history === 'text' && part.text !== '')
    return { type: 'thinking', thinking: part.text, signature: '' }
  losses.add(
    'dropped',
    'reasoning',
    history === 'never'
      ? 'The target takes no earlier thought back'
      : 'Earlier thought was not signed by this target, which takes back only its own',
  )
  return undefined
}

function encodeOpaque(part: OpaquePart, { losses, marks }: EncodeTools): Wire | undefined {
  if (part.dialect === dialectId) return marks.put({ ...foldBlock(part.raw, part.deltas) }, part)
  const type = typeof part.raw['type'] === 'string' ? part.raw['type'] : part.dialect
  losses.add('dropped', type, `The target does not know content of type "${type}"`)
  return undefined
}
