// Content parts of a client's message.

import type {
  AudioPart,
  CacheMark,
  DocumentPart,
  Extensions,
  ImagePart,
  OpaquePart,
  RefusalPart,
  TextPart,
} from '../../core/chat.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { decodeDataUrl, isDataUrl, toAudioType } from './media.ts'
import { dialectId, unknownFields } from './names.ts'
import { readObject, readString, refuse, type Source } from './read.ts'

export type ContentPart =
  | TextPart
  | ImagePart
  | DocumentPart
  | AudioPart
  | RefusalPart
  | OpaquePart
  | { readonly type: 'thinking'; readonly text: string }

/** The mark of a part, tool or message that may be cached up to here, in either of its spellings. */
export function decodeCache(fields: JsonObject): { readonly cache?: CacheMark } {
  const { cache_control: control, prompt_cache_breakpoint: breakpoint } = fields as {
    cache_control?: Json
    prompt_cache_breakpoint?: Json
  }
  if (isJsonObject(control)) {
    const ttl = control['ttl']
    return { cache: ttl === '5m' || ttl === '1h' ? { ttl } : {} }
  }
  return isJsonObject(breakpoint) ? { cache: {} } : {}
}

export const cacheFields = ['cache_control', 'prompt_cache_breakpoint'] as const

const rest = (
  fields: JsonObject,
  known: readonly string[],
): { readonly extensions?: Extensions } => {
  const extensions = unknownFields(fields, new Set(['type', ...cacheFields, ...known]))
  return extensions ? { extensions } : {}
}

const asDataUrl = 'a data URL like "data:image/png;base64,…"'

function toSource(url: string, path: string): ImagePart['source'] {
  if (isDataUrl(url))
    return decodeDataUrl(url) ?? refuse(path, url, `${asDataUrl} with base64 in it`)
  if (!/^[a-z][a-z0-9+.-]*:\S/i.test(url)) refuse(path, url, `an http(s) address or ${asDataUrl}`)
  return { kind: 'url', url }
}

function decodeImage(source: Source): ImagePart {
  const { fields, path } = source
  const value = fields['image_url']
  const isPlain = typeof value === 'string'
  const inner: Source = isPlain
    ? { fields: { url: value }, path }
    : { fields: readObject(source, 'image_url') ?? {}, path: `${path}.image_url` }
  const url = readString(inner, 'url')
  const place = isPlain ? `${path}.image_url` : `${path}.image_url.url`
  if (url === undefined) return refuse(place, url, 'the address of an image')
  const detail = readString(inner, 'detail') ?? readString(source, 'detail')
  return {
    type: 'image',
    source: toSource(url, place),
    ...(detail === undefined ? {} : { detail }),
    ...decodeCache(fields),
    ...rest(fields, ['image_url', 'detail']),
  }
}

function decodeAudio(source: Source): AudioPart {
  const path = `${source.path}.input_audio`
  const inner: Source = { fields: readObject(source, 'input_audio') ?? {}, path }
  const data = readString(inner, 'data')
  if (!data) return refuse(`${path}.data`, data, 'base64 of the audio')
  const format = readString(inner, 'format') ?? 'wav'
  return {
    type: 'audio',
    source: decodeDataUrl(data) ?? { kind: 'base64', mediaType: toAudioType(format), data },
    ...decodeCache(source.fields),
    ...rest(source.fields, ['input_audio']),
  }
}

function decodeFile(source: Source): DocumentPart {
  const path = `${source.path}.file`
  const inner: Source = { fields: readObject(source, 'file') ?? {}, path }
  const content = readString(inner, 'file_data')
  const id = readString(inner, 'file_id')
  if (!content && !id)
    return refuse(path, source.fields['file'], 'an object with file_data or file_id')
  const title = readString(inner, 'filename')
  return {
    type: 'document',
    source: content
      ? toSource(content, `${path}.file_data`)
      : { kind: 'file', id: id ?? '', dialect: dialectId },
    ...(title === undefined ? {} : { title }),
    ...decodeCache(source.fields),
    ...rest(source.fields, ['file']),
  }
}

function decodeThinking({ fields, path }: Source): ContentPart {
  const value = fields['thinking']
  if (typeof value === 'string') return { type: 'thinking', text: value }
  if (!Array.isArray(value))
    return refuse(`${path}.thinking`, value, 'a string or an array of text parts')
  const texts = (value as readonly Json[]).map((piece) =>
    isJsonObject(piece) ? piece['text'] : piece,
  )
  return { type: 'thinking', text: texts.filter((text) => typeof text === 'string').join('') }
}

function decodeText(source: Source): TextPart {
  const text = readString(source, 'text')
  if (text === undefined) return refuse(`${source.path}.text`, text, 'a string')
  return { type: 'text', text, ...decodeCache(source.fields), ...rest(source.fields, ['text']) }
}

function decodePart(source: Source): ContentPart {
  const type = source.fields['type'] ?? (source.fields['text'] === undefined ? undefined : 'text')
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return decodeText(source)
    case 'image_url':
      return decodeImage(source)
    case 'input_audio':
      return decodeAudio(source)
    case 'file':
      return decodeFile(source)
    case 'refusal': {
      const text = readString(source, 'refusal')
      return { type: 'refusal', text: text ?? refuse(`${source.path}.refusal`, text, 'a string') }
    }
    case 'thinking':
      return decodeThinking(source)
    default:
      if (typeof type !== 'string')
        return refuse(`${source.path}.type`, type, 'the name of a part type')
      return {
        type: 'opaque',
        dialect: dialectId,
        raw: source.fields,
        ...decodeCache(source.fields),
      }
  }
}

/** A message's content: a text, parts, or null for none. */
export function decodeContent({ fields, path }: Source): readonly ContentPart[] {
  const content = fields['content'] ?? undefined
  if (content === undefined) return []
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  if (!Array.isArray(content))
    return refuse(`${path}.content`, content, 'a string or an array of parts')
  return (content as readonly Json[]).map((part, position) => {
    const place = `${path}.content[${position}]`
    if (typeof part === 'string') return { type: 'text', text: part }
    if (!isJsonObject(part)) return refuse(place, part, 'a part like {"type": "text", "text": "…"}')
    return decodePart({ fields: part, path: place })
  })
}

/** Content that can only be text, e.g. of an instruction. */
export function decodeTexts(source: Source): readonly TextPart[] {
  return decodeContent(source).map((part, position) =>
    part.type === 'text'
      ? part
      : refuse(`${source.path}.content[${position}].type`, part.type, '"text", the only kind here'),
  )
}
