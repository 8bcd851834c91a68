// Content blocks of a client's messages as parts. What is not known by name is carried as it is, so
// that a target of this dialect gets it back unchanged.

import type {
  AssistantPart,
  CacheMark,
  Citation,
  DocumentPart,
  Extensions,
  ImagePart,
  OpaquePart,
  ReasoningPart,
  SystemPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  UserPart,
} from '../../core/chat.ts'
import { isEnveloped, unwrapState } from '../../core/envelope.ts'
import { toExtensions } from '../../core/extensions.ts'
import {
  isJsonObject,
  type Json,
  type JsonObject,
  omit,
  toJsonArray,
  toJsonObject,
  withoutUndefined,
} from '../../core/json.ts'
import { decodeDocument, decodeImage, decodeSearchResult } from './decode-media.ts'
import { badField, needBlock, needText, readFlag, readText, show } from './fields.ts'
import { dialectId } from './names.ts'

type Block = JsonObject & { readonly type: string }
type Common = { readonly cache?: CacheMark; readonly extensions?: Extensions }

const cacheKeys: ReadonlySet<string> = new Set(['cache_control'])

export const decodeUserParts = (content: Json | undefined, param: string): readonly UserPart[] =>
  decodeContent(content, param, decodeUserBlock)

export const decodeAssistantParts = (
  content: Json | undefined,
  param: string,
): readonly AssistantPart[] => decodeContent(content, param, decodeAssistantBlock)

/** Instructions, and whether blocks other than text stand among them (which the parts leave out). */
export function decodeSystemParts(
  content: Json | undefined,
  param: string,
): { readonly parts: readonly SystemPart[]; readonly hasOther: boolean } {
  let hasOther = false
  const parts = decodeContent<readonly SystemPart[]>(content, param, (block, blockParam) => {
    if (block.type === 'text') return [decodeText(block, blockParam)]
    hasOther = true
    return []
  })
  return { parts: parts.flat(), hasOther }
}

function decodeContent<P>(
  content: Json | undefined,
  param: string,
  decode: (block: Block, param: string) => P,
): readonly P[] {
  if (typeof content === 'string') return [decode({ type: 'text', text: content }, param)]
  if (!Array.isArray(content))
    throw badField(param, `must be a string or an array of blocks; got ${show(content)}`)
  return toJsonArray(content).map((block, position) => {
    const blockParam = `${param}.${position}`
    return decode(needBlock(block, blockParam), blockParam)
  })
}

function decodeUserBlock(block: Block, param: string): UserPart {
  switch (block.type) {
    case 'tool_result':
      return decodeToolResult(block, param)
    case 'tool_use':
    case 'thinking':
    case 'redacted_thinking':
      throw badField(param, `"${block.type}" blocks belong in messages with role "assistant"`)
    default:
      return decodeSharedBlock(block, param)
  }
}

function decodeAssistantBlock(block: Block, param: string): AssistantPart {
  switch (block.type) {
    case 'thinking':
      return decodeThinking(block, param)
    case 'redacted_thinking':
      return decodeRedacted(block, param)
    case 'tool_use':
      return decodeToolUse(block, param)
    case 'tool_result':
      throw badField(param, '"tool_result" blocks belong in messages with role "user"')
    default: {
      const part = decodeSharedBlock(block, param)
      return part.type === 'document' ? toOpaque(block) : part
    }
  }
}

function decodeSharedBlock(
  block: Block,
  param: string,
): TextPart | ImagePart | DocumentPart | OpaquePart {
  switch (block.type) {
    case 'text':
      return decodeText(block, param)
    case 'image':
      return decodeImage(block, decodeCommon) ?? toOpaque(block)
    case 'document':
      return decodeDocument(block, decodeCommon) ?? toOpaque(block)
    case 'search_result':
      return decodeSearchResult(block, toCache(block['cache_control'])) ?? toOpaque(block)
    default:
      return toOpaque(block)
  }
}

/** The cache mark and what is not in `known`. */
function decodeCommon(block: JsonObject, known: ReadonlySet<string>): Common {
  const mark = block['cache_control']
  const rest = omit(block, cacheKeys)
  const hasOwnMark = isJsonObject(mark) && !isPlainMark(mark)
  const extensions = toExtensions(
    hasOwnMark ? { ...rest, cache_control: mark } : rest,
    known,
    dialectId,
  )
  const cache = toCache(mark)
  return { ...(cache ? { cache } : {}), ...(extensions ? { extensions } : {}) }
}

/** `cache_control` as a mark; what the mark cannot say stays in the part's extensions. */
export function toCache(mark: Json | undefined): CacheMark | undefined {
  if (!isJsonObject(mark)) return undefined
  const ttl = mark['ttl']
  return ttl === '5m' || ttl === '1h' ? { ttl } : {}
}

const markKeys = new Set(['type', 'ttl'])

export const isPlainMark = (mark: JsonObject): boolean =>
  mark['type'] === 'ephemeral' &&
  Object.keys(mark).every((key) => markKeys.has(key)) &&
  [undefined, null, '5m', '1h'].includes(mark['ttl'] as string)

const textKeys = new Set(['type', 'text', 'citations'])

function decodeText(block: Block, param: string): TextPart {
  const text = readText(block, 'text', `${param}.text`)
  if (text === undefined) throw badField(`${param}.text`, 'must be a string; got nothing')
  const citations = toJsonArray(block['citations']).map((citation) =>
    decodeCitation(toJsonObject(citation)),
  )
  return {
    type: 'text',
    text,
    ...(citations.length > 0 ? { citations } : {}),
    ...decodeCommon(block, textKeys),
  }
}

/** A citation of a request or an answer. One we made up for another dialect's loses its disguise. */
export function decodeCitation(citation: JsonObject): Citation {
  const read = (key: string): string | undefined =>
    typeof citation[key] === 'string' ? citation[key] : undefined
  const source = read('source')
  const isOurs = isEnveloped(read('encrypted_index') ?? '')
  return withoutUndefined({
    url: read('url') ?? (source?.startsWith('http') ? source : undefined),
    title: read('title') ?? read('document_title'),
    text: read('cited_text'),
    raw: isOurs ? undefined : { dialect: dialectId, fields: citation },
  }) as Citation
}

const thinkingKeys = new Set(['type', 'thinking', 'signature', 'cache_control'])

function decodeThinking(block: Block, param: string): ReasoningPart {
  const text = readText(block, 'thinking', `${param}.thinking`) ?? ''
  const signature = readText(block, 'signature', `${param}.signature`) ?? ''
  const extensions = toExtensions(block, thinkingKeys, dialectId)
  const common = { type: 'reasoning' as const, ...(extensions ? { extensions } : {}) }
  if (!isEnveloped(signature))
    return { ...common, text, ...(signature === '' ? {} : { signature }) }
  const { text: hidden, ...state } = unwrapState(signature) ?? {}
  return { ...common, text: text === '' ? (hidden ?? '') : text, ...state }
}

const redactedKeys = new Set(['type', 'data', 'cache_control'])

function decodeRedacted(block: Block, param: string): ReasoningPart {
  const redacted = needText(block, 'data', `${param}.data`)
  const extensions = toExtensions(block, redactedKeys, dialectId)
  const common = { type: 'reasoning' as const, ...(extensions ? { extensions } : {}) }
  if (!isEnveloped(redacted)) return { ...common, text: '', redacted }
  const { text = '', ...state } = unwrapState(redacted) ?? {}
  return { ...common, text, ...state }
}

const toolUseKeys = new Set(['type', 'id', 'name', 'input'])

function decodeToolUse(block: Block, param: string): ToolCallPart {
  const input = block['input']
  return {
    type: 'tool-call',
    id: needText(block, 'id', `${param}.id`),
    name: needText(block, 'name', `${param}.name`),
    // Some clients keep the raw text of arguments that were no JSON.
    arguments: typeof input === 'string' ? input : JSON.stringify(input ?? {}),
    kind: 'function',
    ...decodeCommon(block, toolUseKeys),
  }
}

const toolResultKeys = new Set(['type', 'tool_use_id', 'content', 'is_error'])

function decodeToolResult(block: Block, param: string): ToolResultPart {
  const isError = readFlag(block, 'is_error', `${param}.is_error`)
  const content = block['content']
  const isEmpty = content === undefined || content === null || content === ''
  return {
    type: 'tool-result',
    id: needText(block, 'tool_use_id', `${param}.tool_use_id`),
    content: isEmpty ? [] : decodeContent(content, `${param}.content`, decodeSharedBlock),
    ...(isError === undefined ? {} : { isError }),
    ...decodeCommon(block, toolResultKeys),
  }
}

function toOpaque(block: Block): OpaquePart {
  const mark = block['cache_control']
  const cache = isJsonObject(mark) && isPlainMark(mark) ? toCache(mark) : undefined
  return {
    type: 'opaque',
    dialect: dialectId,
    raw: cache ? omit(block, cacheKeys) : block,
    ...(cache ? { cache } : {}),
  }
}
