// Images, documents and search results of a client's messages. Undefined = a form we do not know;
// the caller then carries the block as it is.

import type {
  CacheMark,
  DocumentPart,
  Extensions,
  ImagePart,
  MediaSource,
} from '../../core/chat.ts'
import {
  isJsonObject,
  type Json,
  type JsonObject,
  toJsonArray,
  toJsonObject,
} from '../../core/json.ts'
import { dialectId } from './names.ts'

type Common = { readonly cache?: CacheMark; readonly extensions?: Extensions }
type DecodeCommon = (block: JsonObject, known: ReadonlySet<string>) => Common

const imageKeys = new Set(['type', 'source'])

export function decodeImage(block: JsonObject, common: DecodeCommon): ImagePart | undefined {
  const source = decodeSource(block['source'])
  if (!source || source.kind === 'text') return undefined
  return { type: 'image', source, ...common(block, imageKeys) }
}

const documentKeys = new Set(['type', 'source', 'title', 'context', 'citations'])
const keysBesideSource = new Set([...documentKeys].filter((key) => key !== 'source'))

export function decodeDocument(block: JsonObject, common: DecodeCommon): DocumentPart | undefined {
  const known = decodeSource(block['source'])
  const source = known ?? decodeContentSource(block['source'])
  if (!source) return undefined
  const { title, context, citations } = block as { [key: string]: Json | undefined }
  const hasCitations = isJsonObject(citations) ? citations['enabled'] : undefined
  return {
    type: 'document',
    source,
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof context === 'string' ? { context } : {}),
    ...(typeof hasCitations === 'boolean' ? { hasCitations } : {}),
    ...(known ? common(block, documentKeys) : restated(common(block, keysBesideSource))),
  }
}

/** A source of blocks is read as text here, but goes back as it came. */
const restated = ({ extensions, ...rest }: Common): Common => ({
  ...rest,
  ...(extensions ? { extensions: { ...extensions, isRestated: true } } : {}),
})

/** A document for those who know no search results; its extension is the whole block. */
export function decodeSearchResult(
  block: JsonObject,
  cache: CacheMark | undefined,
): DocumentPart | undefined {
  const text = textOf(block['content'])
  if (text === undefined) return undefined
  const { title, source } = block as { [key: string]: Json | undefined }
  const hasCitations = toJsonObject(block['citations'])['enabled']
  return {
    type: 'document',
    source: { kind: 'text', mediaType: 'text/plain', text },
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof source === 'string' ? { context: source } : {}),
    ...(typeof hasCitations === 'boolean' ? { hasCitations } : {}),
    ...(cache ? { cache } : {}),
    extensions: { dialect: dialectId, fields: { search_result: block }, isRestated: true },
  }
}

function decodeSource(source: Json | undefined): MediaSource | undefined {
  if (!isJsonObject(source)) return undefined
  const {
    media_type: mediaType,
    data: content,
    url,
    file_id: id,
  } = source as {
    [key: string]: Json | undefined
  }
  switch (source['type']) {
    case 'base64':
      if (typeof mediaType !== 'string' || typeof content !== 'string') return undefined
      return { kind: 'base64', mediaType, data: content }
    case 'text':
      if (typeof content !== 'string') return undefined
      return {
        kind: 'text',
        mediaType: typeof mediaType === 'string' ? mediaType : 'text/plain',
        text: content,
      }
    case 'url':
      return typeof url === 'string' ? { kind: 'url', url } : undefined
    case 'file':
      return typeof id === 'string' ? { kind: 'file', id, dialect: dialectId } : undefined
    default:
      return undefined
  }
}

function decodeContentSource(source: Json | undefined): MediaSource | undefined {
  if (!isJsonObject(source) || source['type'] !== 'content') return undefined
  const text = textOf(source['content'])
  return text === undefined ? undefined : { kind: 'text', mediaType: 'text/plain', text }
}

/** The text of a string or of text blocks; undefined when anything else is among them. */
function textOf(content: Json | undefined): string | undefined {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  const texts = toJsonArray(content).map((block) =>
    isJsonObject(block) && typeof block['text'] === 'string' ? block['text'] : undefined,
  )
  return texts.every((text) => text !== undefined) ? texts.join('\n') : undefined
}
