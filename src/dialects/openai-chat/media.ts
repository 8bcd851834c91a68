// Media as this dialect addresses it: data URLs, formats of audio, and content parts.

import type { AudioPart, DocumentPart, ImagePart, MediaSource } from '../../core/chat.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'
import type { Profile } from '../../core/profile.ts'

/** The base64 content of a data URL; undefined when it is no data URL or a malformed one. */
export function decodeDataUrl(url: string): (MediaSource & { kind: 'base64' }) | undefined {
  const comma = url.indexOf(',')
  if (comma < 0 || url.slice(0, 5).toLowerCase() !== 'data:') return undefined
  const [mediaType = '', ...parameters] = url.slice(5, comma).split(';')
  if (parameters.at(-1)?.trim().toLowerCase() !== 'base64') return undefined
  const data = url.slice(comma + 1).replace(/\s+/g, '')
  if (data === '' || !/^[\w+/-]+=*$/.test(data)) return undefined
  return { kind: 'base64', mediaType: mediaType || 'application/octet-stream', data }
}

export const isDataUrl = (url: string): boolean => url.slice(0, 5).toLowerCase() === 'data:'

const toDataUrl = ({ mediaType, data }: MediaSource & { kind: 'base64' }): string =>
  `data:${mediaType};base64,${data}`

const audioTypes: { readonly [format: string]: string } = { mp3: 'audio/mpeg' }

/** `mp3` → `audio/mpeg`. */
export const toAudioType = (format: string): string => audioTypes[format] ?? `audio/${format}`

const toAudioFormat = (mediaType: string): string => {
  const subtype = mediaType.replace(/^audio\/(x-)?/, '')
  return subtype === 'mpeg' ? 'mp3' : subtype
}

/** An image part, or undefined and a loss where this dialect has no way to say it. */
export function encodeImagePart(
  { source, detail }: ImagePart,
  losses: Losses,
): JsonObject | undefined {
  const url =
    source.kind === 'url' ? source.url : source.kind === 'base64' ? toDataUrl(source) : undefined
  if (url === undefined) {
    losses.add(
      'dropped',
      'image',
      'This dialect takes images by address or as data, not by file id',
    )
    return undefined
  }
  return { type: 'image_url', image_url: { url, ...(detail === undefined ? {} : { detail }) } }
}

/** A document as a file part; a text is written out, and an address only told where files are needed. */
export function encodeDocumentPart(
  { source, title, context, hasCitations }: DocumentPart,
  profile: Profile,
  losses: Losses,
): JsonObject {
  if (hasCitations)
    losses.add('dropped', 'citations', 'The target cannot be asked to cite documents')
  if (context !== undefined && source.kind !== 'text')
    losses.add('dropped', 'document.context', 'This dialect has no context for documents')
  switch (source.kind) {
    case 'base64':
      return {
        type: 'file',
        file: { filename: title ?? nameFor(source), file_data: toDataUrl(source) },
      }
    case 'file':
      return { type: 'file', file: { file_id: source.id } }
    case 'text':
      losses.add('emulated', 'document', 'The text of the document was put into the message')
      return {
        type: 'text',
        text: [title, context, source.text].filter((text) => text !== undefined).join('\n\n'),
      }
    case 'url':
      if (profile.parts.documentUrl)
        return { type: 'file', file: { filename: title ?? 'document', file_data: source.url } }
      losses.add(
        'changed',
        'document',
        'The target takes no addresses of documents; it was told the address',
      )
      return { type: 'text', text: `Document: ${source.url}` }
    default:
      return source satisfies never
  }
}

const nameFor = ({ mediaType }: MediaSource & { kind: 'base64' }): string =>
  `document.${
    mediaType
      .split('/')
      .at(-1)
      ?.replace(/[^\w]+.*$/, '') || 'bin'
  }`

export function encodeAudioPart({ source }: AudioPart, losses: Losses): JsonObject | undefined {
  if (source.kind === 'base64')
    return {
      type: 'input_audio',
      input_audio: { data: source.data, format: toAudioFormat(source.mediaType) },
    }
  losses.add('dropped', 'audio', 'This dialect takes audio only as data')
  return undefined
}
