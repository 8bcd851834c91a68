// How one content block of a streamed answer begins, and what its pieces say of it.

import type { Origin } from '../../core/chat.ts'
import type { DecodeContext } from '../../core/dialect.ts'
import type { PartStart } from '../../core/events.ts'
import { toExtensions } from '../../core/extensions.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { dialectId } from './names.ts'

const toolKeys = new Set(['type', 'id', 'name', 'input'])

/** A block's start as a part's; what has no neutral word is opaque. */
export function toStart(raw: JsonObject, origin: Origin, { createId }: DecodeContext): PartStart {
  const { id, name, data: redacted } = raw as { [key: string]: Json | undefined }
  switch (raw['type']) {
    case 'text':
      return { type: 'text' }
    case 'thinking':
      return { type: 'reasoning', origin }
    case 'redacted_thinking':
      return { type: 'reasoning', redacted: String(redacted ?? ''), origin }
    case 'tool_use': {
      const extensions = toExtensions(withoutDirectCaller(raw), toolKeys, dialectId)
      return {
        type: 'tool-call',
        id: typeof id === 'string' && id !== '' ? id : createId('toolu'),
        name: typeof name === 'string' ? name : '',
        kind: 'function',
        ...(extensions ? { extensions } : {}),
      }
    }
    default:
      return { type: 'opaque', dialect: dialectId, raw }
  }
}

/** "Called by the model itself" is what every other dialect takes for granted. */
function withoutDirectCaller(raw: JsonObject): JsonObject {
  const { caller, ...rest } = raw
  return isJsonObject(caller) && caller['type'] === 'direct' ? rest : raw
}

/** The input a start came with, for calls without pieces. */
export function wholeInput({ input }: JsonObject): string {
  if (typeof input === 'string' && input !== '') return input
  return JSON.stringify(isJsonObject(input) ? input : {})
}

/** The block a delta without one belongs to, and the part that is; undefined where content is missing. */
export function implied(delta: JsonObject): JsonObject | undefined {
  if (delta['type'] === 'text_delta' && delta['text'] !== '') return { type: 'text', part: 'text' }
  if (delta['type'] === 'thinking_delta' && delta['thinking'] !== '')
    return { type: 'thinking', part: 'reasoning' }
  return undefined
}
