// State some servers give with a message or one of its calls and want back there. It travels as thought
// only its origin can read, so that clients of every dialect keep it.

import type { Extensions, Origin } from '../../core/chat.ts'
import type { PartStart } from '../../core/events.ts'
import {
  isJsonObject,
  type Json,
  type JsonObject,
  parseJson,
  toJsonArray,
  toJsonObject,
} from '../../core/json.ts'
import { dialectId, mergeFields, toOwnExtensions } from './names.ts'

/** Fields of the message, and of its calls in their order. */
export type MessageState = {
  readonly message: JsonObject
  readonly calls: readonly JsonObject[]
}

// Other unknown fields of a message are telemetry.
const stateFields = ['extra_content', 'reasoning_opaque', 'thought_signature'] as const
const stateType = 'message-state'

function stateIn(fields: JsonObject): JsonObject {
  const state: Record<string, Json> = {}
  for (const name of stateFields) {
    const value = fields[name]
    if (value !== undefined && value !== null) state[name] = value
  }
  return state
}

export type StateKeeper = {
  message(fields: JsonObject): void
  /** Keeps the state of the call with this number, and gives it as extensions of the call. */
  call(number: number, fields: JsonObject): Extensions | undefined
  /** All of it as a part; undefined when there is none. */
  toPart(): PartStart | undefined
}

export function createStateKeeper(maker: Omit<Origin, 'dialect' | 'fields'>): StateKeeper {
  let message: JsonObject = {}
  const calls: JsonObject[] = []
  return {
    message: (fields) => {
      message = mergeFields(message, stateIn(fields))
    },
    call: (number, fields) => {
      const state = stateIn(fields)
      while (calls.length <= number) calls.push({})
      calls[number] = mergeFields(calls[number] ?? {}, state)
      return toOwnExtensions(state)
    },
    toPart: () => {
      const isEmpty = [message, ...calls].every((state) => Object.keys(state).length === 0)
      if (isEmpty) return undefined
      return {
        type: 'reasoning',
        redacted: JSON.stringify({ message, calls } satisfies MessageState),
        origin: { dialect: dialectId, ...maker, fields: { type: stateType } },
      }
    },
  }
}

type Stateful = { readonly redacted?: string | undefined; readonly origin?: Origin | undefined }

/** The state a part carries; undefined for every other thought. */
export function readState({ redacted, origin }: Stateful): MessageState | undefined {
  if (redacted === undefined || origin?.dialect !== dialectId) return undefined
  if (origin.fields?.['type'] !== stateType) return undefined
  const { message, calls } = toJsonObject(parseJson(redacted)) as { [key: string]: Json }
  return {
    message: toJsonObject(message),
    calls: toJsonArray(calls).map((state) => (isJsonObject(state) ? state : {})),
  }
}
