// Reads the message or the deltas of one choice into the sequencer, in whichever of the many shapes
// servers give them.

import type { Citation } from '../../core/chat.ts'
import type { DecodeContext } from '../../core/dialect.ts'
import {
  isJsonObject,
  type Json,
  type JsonObject,
  toJsonArray,
  toJsonObject,
} from '../../core/json.ts'
import type { Sequencer } from '../../core/sequence.ts'
import { decodeDataUrl } from './media.ts'
import { createStateKeeper } from './message-state.ts'
import { dialectId } from './names.ts'
import { type Detail, decodeDetails } from './reasoning-details.ts'
import { decodeAnnotation, decodeSource } from './response.ts'
import { createThinkSplitter } from './think-tags.ts'
import { createToolKeys } from './tool-keys.ts'

export type ChoiceReader = {
  /** A delta of a stream, or with `isWhole` a whole message. */
  read(delta: JsonObject, isWhole: boolean): void
  logprobs(logprobs: Json | undefined): void
  /** What the answer as a whole says it rests on: shown where the text cites nothing itself. */
  cite(sources: readonly Json[]): void
  /** Gives out what was held back; the sequencer is closed before and after. */
  flush(): void
  readonly hasContent: boolean
  readonly hasRefusal: boolean
}

const textAt = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

/** Arguments come as text, in pieces or whole, or as an object. */
const argumentsAt = (value: Json | undefined): string =>
  isJsonObject(value) || Array.isArray(value) ? JSON.stringify(value) : textAt(value)

export function createChoiceReader(
  choice: number,
  sequencer: Sequencer,
  { profile, target, losses }: DecodeContext,
): ChoiceReader {
  const toolKeys = createToolKeys()
  const maker = { provider: target.provider, model: target.model }
  /** Parts that would break into the arguments of a call. */
  const late: (() => void)[] = []
  let reasoningSource: 'plain' | 'details' | undefined
  const state = createStateKeeper(maker)
  /** What the answer as a whole says it rests on. */
  let sources: readonly Citation[] = []
  let hasText = false
  let hasCitations = false
  let audio: JsonObject | undefined

  const unlessCalling = (run: () => void): void => {
    if (sequencer.hasTools(choice)) late.push(run)
    else run()
  }

  const splitter = profile.reasoning.thinkTags
    ? createThinkSplitter(
        (text) => sequencer.reasoning(choice, text),
        (text) => sequencer.text(choice, text),
      )
    : undefined

  const text = (piece: string): void => {
    if (piece === '') return
    reader.hasContent = true
    hasText = true
    if (splitter) splitter.push(piece)
    else sequencer.text(choice, piece)
  }

  const thought = (piece: string, origin?: Detail['origin']): void => {
    if (piece === '') return
    reader.hasContent = true
    sequencer.reasoning(choice, piece, origin)
  }

  const detail = (
    { text: piece, signature, redacted, origin }: Detail,
    withText: boolean,
  ): void => {
    if (withText) thought(piece, origin)
    if (signature === undefined && redacted === undefined) return
    reader.hasContent = true
    unlessCalling(() => {
      if (signature !== undefined) sequencer.signature(choice, signature, origin)
      if (redacted !== undefined) sequencer.redacted(choice, redacted, origin)
    })
  }

  // Servers give the same thought under two names; only one of them may be read.
  const reasoning = (delta: JsonObject): void => {
    const plain =
      textAt(delta['reasoning_content']) ||
      textAt(delta['reasoning']) ||
      textAt(delta['reasoning_text'])
    const list = delta['reasoning_details']
    if (!Array.isArray(list) || list.length === 0) {
      if (plain === '') return
      reasoningSource ??= 'plain'
      thought(plain)
      return
    }
    const details = decodeDetails(list, maker)
    const detailed = details.map((entry) => entry.text).join('')
    const isSame = plain === '' ? reasoningSource !== 'plain' : plain === detailed
    if (plain !== '' || detailed !== '') reasoningSource ??= isSame ? 'details' : 'plain'
    if (!isSame) thought(plain, details[0]?.origin)
    for (const entry of details) detail(entry, isSame)
  }

  const image = (part: JsonObject): void => {
    const url = textAt(toJsonObject(part['image_url'])['url']) || textAt(part['image_url'])
    if (url === '') return
    reader.hasContent = true
    const source = decodeDataUrl(url) ?? { kind: 'url', url }
    unlessCalling(() => sequencer.whole(choice, { type: 'image', source }))
  }

  const part = (piece: Json): void => {
    if (typeof piece === 'string') return text(piece)
    if (!isJsonObject(piece)) return
    const { type, url } = piece as { [key: string]: Json }
    if (type === 'thinking') {
      const thoughts = piece['thinking']
      if (typeof thoughts === 'string') return thought(thoughts)
      for (const inner of toJsonArray(thoughts)) thought(textAt(toJsonObject(inner)['text']))
    } else if (type === 'refusal') refusal(textAt(piece['refusal']))
    else if (type === 'image_url') image(piece)
    else if (typeof piece['text'] === 'string') text(piece['text'])
    else if (typeof url === 'string') annotations([piece])
    else losses.add('dropped', String(type), 'A kind of content nobody here knows')
  }

  const refusal = (piece: string): void => {
    if (piece === '') return
    reader.hasContent = true
    reader.hasRefusal = true
    sequencer.refusal(choice, piece)
  }

  const annotations = (list: Json | undefined): void => {
    for (const annotation of toJsonArray(list)) {
      const citation = decodeAnnotation(annotation)
      if (!citation) continue
      hasCitations = true
      unlessCalling(() => sequencer.citation(choice, citation))
    }
  }

  const call = (fields: JsonObject, position: number | undefined): void => {
    const isCustom = isJsonObject(fields['custom'])
    const inner = toJsonObject(fields[isCustom ? 'custom' : 'function'])
    const wireIndex = fields['index']
    const pieces = argumentsAt(inner[isCustom ? 'input' : 'arguments'])
    const name = textAt(inner['name'])
    const index = position ?? (typeof wireIndex === 'number' ? wireIndex : undefined)
    const place = { index, id: textAt(fields['id']), name, arguments: pieces }
    const { key, id } = toolKeys.find(place)
    reader.hasContent = true
    const extensions = state.call(key, fields)
    sequencer.tool(choice, key, {
      id,
      name,
      arguments: pieces,
      ...(isCustom ? { kind: 'custom' } : {}),
      ...(extensions ? { extensions } : {}),
    })
  }

  // Audio comes in pieces of base64 and of its transcript.
  const hear = (fields: JsonObject): void => {
    reader.hasContent = true
    audio = {
      ...audio,
      ...fields,
      data: textAt(audio?.['data']) + textAt(fields['data']),
      transcript: textAt(audio?.['transcript']) + textAt(fields['transcript']),
    }
  }

  const reader: { -readonly [Field in keyof ChoiceReader]: ChoiceReader[Field] } = {
    hasContent: false,
    hasRefusal: false,
    read: (delta, isWhole) => {
      reasoning(delta)
      const content = delta['content']
      if (typeof content === 'string') text(content)
      else for (const piece of toJsonArray(content)) part(piece)
      refusal(textAt(delta['refusal']))
      for (const piece of toJsonArray(delta['images'])) image(toJsonObject(piece))
      annotations(delta['annotations'])
      if (isJsonObject(delta['audio'])) hear(delta['audio'])
      const calls = toJsonArray(delta['tool_calls']).filter(isJsonObject)
      if (isWhole && calls.length > 0) splitter?.end()
      for (const [position, fields] of calls.entries()) call(fields, isWhole ? position : undefined)
      if (isJsonObject(delta['function_call'])) call({ function: delta['function_call'] }, 0)
      state.message(delta)
    },
    cite: (list) => {
      sources = list.map(decodeSource).filter((source) => source !== undefined)
    },
    logprobs: (logprobs) => {
      const { content, refusal: refused } = toJsonObject(logprobs) as {
        content?: Json
        refusal?: Json
      }
      const list = [...toJsonArray(content), ...toJsonArray(refused)].filter(isJsonObject)
      if (list.length > 0) sequencer.logprobs(choice, list)
    },
    flush: () => {
      splitter?.end()
      if (hasText && !hasCitations && !sequencer.hasTools(choice))
        for (const source of sources) sequencer.citation(choice, source)
      sequencer.close()
      for (const run of late) run()
      const kept = state.toPart()
      if (kept) sequencer.whole(choice, kept)
      if (audio) sequencer.whole(choice, { type: 'opaque', dialect: dialectId, raw: { audio } })
      sequencer.close()
    },
  }
  return reader
}
