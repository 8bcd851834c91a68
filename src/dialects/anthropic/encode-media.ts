// Images and documents as this dialect's blocks.

import { fromBase64, fromUtf8 } from '../../core/base64.ts'
import type { DocumentPart, ImagePart, MediaSource } from '../../core/chat.ts'
import { GatewayError } from '../../core/error.ts'
import { isJsonObject, type JsonObject, omit } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'
import { carry, type Wire } from './wire.ts'

export function encodeImage(part: ImagePart, losses: Losses): Wire {
  if (part.detail !== undefined && part.detail !== 'auto')
    losses.add('dropped', 'detail', 'The target chooses the resolution of images itself')
  const { source } = part
  const known =
    source.kind === 'base64' ? { ...source, mediaType: toType(source.mediaType) } : source
  return { type: 'image', source: encodeSource(known), ...carry(part, losses) }
}

/** Four types are taken, by their proper names only; one of them has a common nickname. */
function toType(mediaType: string): string {
  const type = mediaType.split(';')[0]?.trim().toLowerCase() ?? ''
  return type === 'image/jpg' ? 'image/jpeg' : type
}

const cacheKeys = new Set(['cache_control'])

export function encodeDocument(part: DocumentPart, losses: Losses): Wire {
  const { title, context, hasCitations } = part
  const own = carry(part, losses)
  // The block this document was read from, see decodeSearchResult.
  const searchResult = own['search_result']
  if (isJsonObject(searchResult)) return { ...omit(searchResult, cacheKeys) }
  return {
    type: 'document',
    source: 'source' in own ? undefined : encodeDocumentSource(part.source),
    ...(title === undefined ? {} : { title }),
    ...(context === undefined ? {} : { context }),
    ...(hasCitations === undefined ? {} : { citations: { enabled: hasCitations } }),
    ...own,
  }
}

function encodeSource(source: MediaSource): JsonObject {
  switch (source.kind) {
    case 'url':
      return { type: 'url', url: source.url }
    case 'base64':
      return { type: 'base64', media_type: source.mediaType, data: source.data }
    case 'file':
      return { type: 'file', file_id: source.id }
    case 'text':
      return { type: 'text', media_type: 'text/plain', data: source.text }
    default:
      return source satisfies never
  }
}

const isText = (mediaType: string): boolean =>
  mediaType.startsWith('text/') || /[/+](?:json|xml|yaml)$/.test(mediaType)

/** As base64 only PDF is taken; texts go as text. */
function encodeDocumentSource(source: MediaSource): JsonObject {
  if (source.kind !== 'base64') return encodeSource(source)
  const mediaType = toType(source.mediaType)
  if (mediaType === 'application/pdf') return encodeSource({ ...source, mediaType })
  const bytes = isText(mediaType) ? fromBase64(source.data) : undefined
  const text = bytes === undefined ? undefined : fromUtf8(bytes)
  if (text === undefined)
    throw new GatewayError(
      'unsupported',
      `Documents of type "${source.mediaType}" cannot be sent to this target; send a PDF or plain text`,
      { param: 'messages' },
    )
  return encodeSource({ kind: 'text', mediaType: 'text/plain', text })
}
