// A client's messages as instructions and turns.

import type { SystemPart, ToolResultPart, Turn, UserPart } from '../../core/chat.ts'
import { GatewayError } from '../../core/error.ts'
import type { JsonObject } from '../../core/json.ts'
import { decodeAssistant } from './decode-assistant.ts'
import { type ContentPart, decodeCache, decodeContent, decodeTexts } from './decode-parts.ts'
import { extra, nameOf, type OpenCalls, withMark } from './message-fields.ts'
import { dialectId } from './names.ts'
import { fromBody, readObjects, readString, refuse, type Source } from './read.ts'

export type Conversation = {
  readonly system: readonly SystemPart[]
  readonly turns: readonly Turn[]
}

const roles = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const
type Role = (typeof roles)[number]

function readRole(source: Source): Role {
  const value = source.fields['role']
  const role = typeof value === 'string' ? value.trim().toLowerCase() : undefined
  const known = roles.find((name) => name === role)
  return known ?? refuse(`${source.path}.role`, value, `one of ${roles.join(', ')}`)
}

function needsContent({ fields, path }: Source): void {
  if (fields['content'] === undefined)
    refuse(`${path}.content`, undefined, 'a string or an array of parts')
}

function decodeInstruction(source: Source, role: 'system' | 'developer'): readonly SystemPart[] {
  needsContent(source)
  const message = extra(source.fields)
  return withMark(decodeTexts(source), source.fields).map((part, position) => ({
    ...part,
    ...(role === 'developer' ? { role } : {}),
    ...(position === 0 && message.extensions
      ? {
          extensions: {
            dialect: dialectId,
            fields: { ...part.extensions?.fields, ...message.extensions.fields },
          },
        }
      : {}),
  }))
}

const toUserPart = (part: ContentPart, path: string): UserPart => {
  if (part.type === 'refusal' || part.type === 'thinking')
    return refuse(`${path}.content`, part.type, 'parts a user can write')
  return part
}

function decodeUser(source: Source): Turn {
  needsContent(source)
  const parts = decodeContent(source).map((part) => toUserPart(part, source.path))
  return {
    role: 'user',
    parts: withMark(parts, source.fields),
    ...nameOf(source),
    ...extra(source.fields, 'name'),
  }
}

/** The call a result without an id belongs to: the oldest open one of that tool. */
const takeCall = (name: string, open: OpenCalls): string =>
  open.get(name)?.shift() ?? `tool_${name}`

function readCallId(source: Source, role: Role, open: OpenCalls): string {
  const id = readString(source, 'tool_call_id')
  if (id) return id
  const name = readString(source, role === 'function' ? 'name' : 'tool_name')
  if (name) return takeCall(name, open)
  return refuse(
    `${source.path}.tool_call_id`,
    source.fields['tool_call_id'],
    'the id of the call it answers',
  )
}

function decodeResult(source: Source, role: Role, open: OpenCalls): Turn {
  const id = readCallId(source, role, open)
  const content = decodeContent(source).map((part): ToolResultPart['content'][number] => {
    if (
      part.type === 'text' ||
      part.type === 'image' ||
      part.type === 'document' ||
      part.type === 'opaque'
    )
      return part
    return refuse(`${source.path}.content`, part.type, 'text, images or files')
  })
  const name = readString(source, 'name') ?? readString(source, 'tool_name')
  for (const ids of open.values()) {
    const place = ids.indexOf(id)
    if (place >= 0) ids.splice(place, 1)
  }
  const result: ToolResultPart = {
    type: 'tool-result',
    id,
    ...(name === undefined ? {} : { name }),
    content,
    ...decodeCache(source.fields),
    ...extra(source.fields, 'name', 'tool_name', 'tool_call_id'),
  }
  return { role: 'user', parts: [result] }
}

function decodeMessage(source: Source, role: Role, open: OpenCalls): Turn {
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', parts: decodeInstruction(source, role) }
    case 'user':
      return decodeUser(source)
    case 'assistant':
      return decodeAssistant(source, open)
    case 'tool':
    case 'function':
      return decodeResult(source, role, open)
    default:
      return role satisfies never
  }
}

const saysSomething = (turn: Turn): boolean =>
  turn.parts.some((part) => part.type !== 'text' || part.text.trim() !== '')

/** The conversation in `messages`; throws `invalid_messages` with the path of what is wrong. */
export function decodeMessages(body: JsonObject): Conversation {
  const sources = readObjects(fromBody(body), 'messages') ?? []
  if (sources.length === 0) refuse('messages', body['messages'], 'an array of at least one message')
  const open: OpenCalls = new Map()
  const system: SystemPart[] = []
  const turns: Turn[] = []
  let hasUser = false
  for (const source of sources) {
    const role = readRole(source)
    const turn = decodeMessage(source, role, open)
    hasUser ||= role === 'user' && saysSomething(turn)
    if (turn.role !== 'system') turns.push(turn)
    else if (turns.length === 0) system.push(...turn.parts)
    else if (turn.parts.length > 0) turns.push(turn)
  }
  if (!hasUser)
    throw new GatewayError(
      'bad-request',
      '"messages" must hold at least one user message that is not blank; add {"role": "user", "content": "…"}',
      { code: 'invalid_messages', param: 'messages' },
    )
  return { system, turns }
}
