// Turns as messages: one for each instruction, turn and tool result, in the order this dialect wants.

import type {
  AssistantPart,
  ChatRequest,
  SystemPart,
  ToolResultPart,
  Turn,
  UserPart,
} from '../../core/chat.ts'
import { carryExtensions } from '../../core/extensions.ts'
import { type JsonObject, withoutUndefined } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'
import type { Profile } from '../../core/profile.ts'
import { encodeHistory } from './encode-history.ts'
import { encodeAudioPart, encodeDocumentPart, encodeImagePart } from './media.ts'
import { type MessageState, readState } from './message-state.ts'
import { dialectId, mergeFields } from './names.ts'
import { encodeToolCall } from './response.ts'

type Writing = {
  readonly profile: Profile
  readonly losses: Losses
  readonly messages: JsonObject[]
  /** Media of tool results, which must follow all results of the run. */
  media: JsonObject[]
}

type Marked = { readonly cache?: object }

const loseMark = ({ cache }: Marked, losses: Losses): void => {
  if (cache) losses.add('dropped', 'cache_control', 'This dialect caches by itself, without marks')
}

const carry = (
  part: { readonly extensions?: ChatRequest['extensions'] },
  losses: Losses,
): JsonObject => carryExtensions(part.extensions, dialectId, losses, 'messages.')

function encodePart(part: UserPart, { profile, losses }: Writing): JsonObject | undefined {
  loseMark(part, losses)
  const written = encodeContent(part, profile, losses)
  return written && part.type !== 'opaque' ? mergeFields(carry(part, losses), written) : written
}

function encodeContent(part: UserPart, profile: Profile, losses: Losses): JsonObject | undefined {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text }
    case 'image':
      return encodeImagePart(part, losses)
    case 'document':
      return encodeDocumentPart(part, profile, losses)
    case 'audio':
      return encodeAudioPart(part, losses)
    case 'opaque':
      return encodeForeign(part, losses)
    case 'tool-result':
      return undefined
    default:
      return part satisfies never
  }
}

function encodeForeign(
  { dialect, raw }: { readonly dialect: string; readonly raw: JsonObject },
  losses: Losses,
): JsonObject | undefined {
  if (dialect === dialectId) return raw
  const type = raw['type']
  const what = typeof type === 'string' ? type : 'opaque content'
  losses.add('dropped', what, `The target's dialect has no "${what}"`)
  return undefined
}

/** One plain text is written as a string: every server takes that. */
function asContent(parts: readonly JsonObject[]): string | readonly JsonObject[] {
  const [only] = parts
  const isPlain =
    parts.length === 1 && only && only['type'] === 'text' && Object.keys(only).length === 2
  if (parts.length === 0) return ''
  return isPlain && typeof only['text'] === 'string' ? only['text'] : parts
}

function pushMedia(writing: Writing): void {
  if (writing.media.length === 0) return
  writing.messages.push({ role: 'user', content: writing.media })
  writing.media = []
}

const isMedia = ({ type }: JsonObject): boolean => type !== 'text'

/** Content of a result; media goes where the target can see it. */
function encodeResultContent(part: ToolResultPart, writing: Writing): JsonObject[string] {
  const { profile, losses } = writing
  const parts = part.content
    .map((inner) => encodePart(inner, writing))
    .filter((inner) => inner !== undefined)
  const texts = parts.filter((inner) => !isMedia(inner)).map(({ text }) => String(text))
  const media = parts.filter(isMedia)
  const prefix = part.isError && !profile.parts.toolResultErrors ? ['Error:'] : []
  if (prefix.length > 0)
    losses.add('changed', 'is_error', 'This dialect has no failed tool results; the text says so')
  if (media.length === 0) return [...prefix, ...texts].join('\n')
  if (profile.parts.toolResultImages)
    return [...prefix.map((text) => ({ type: 'text', text })), ...parts]
  losses.add(
    'changed',
    'tool result media',
    'The target takes only text from tools; the rest follows in a user message',
  )
  writing.media.push({ type: 'text', text: `From the result of tool call ${part.id}:` }, ...media)
  return [...prefix, ...texts, '(see the attachment in the next message)'].join('\n')
}

function pushResult(part: ToolResultPart, writing: Writing): void {
  loseMark(part, writing.losses)
  writing.messages.push({
    ...carry(part, writing.losses),
    role: 'tool',
    tool_call_id: part.id,
    ...(part.name === undefined ? {} : { name: part.name }),
    content: encodeResultContent(part, writing),
  })
}

const nameOf = ({ name }: { readonly name?: string }): JsonObject =>
  name === undefined ? {} : { name }

function pushUser(turn: Turn & { role: 'user' }, writing: Writing): void {
  const rest: UserPart[] = []
  for (const part of turn.parts) {
    if (part.type === 'tool-result') pushResult(part, writing)
    else rest.push(part)
  }
  if (rest.length === 0 && turn.parts.length > 0) return
  const parts = rest.map((part) => encodePart(part, writing)).filter((part) => part !== undefined)
  const content = asContent([...writing.media, ...parts])
  writing.media = []
  writing.messages.push({ ...carry(turn, writing.losses), role: 'user', ...nameOf(turn), content })
}

function pushSystem(parts: readonly SystemPart[], writing: Writing): void {
  const { profile, losses } = writing
  for (const part of parts) {
    loseMark(part, losses)
    const role = part.role === 'developer' && profile.system.developer ? 'developer' : 'system'
    writing.messages.push({ ...carry(part, losses), role, content: part.text })
  }
}

/** What an assistant said, as one text, or as parts where one of them is only this dialect's. */
function encodeSpoken(
  parts: readonly AssistantPart[],
  losses: Losses,
): string | readonly JsonObject[] {
  const spoken: JsonObject[] = []
  for (const part of parts) {
    if (part.type === 'text') spoken.push({ type: 'text', text: part.text, ...carry(part, losses) })
    if (part.type === 'opaque' && part.raw['type'] !== undefined) {
      const raw = encodeForeign(part, losses)
      if (raw) spoken.push(raw)
    }
  }
  const isText = spoken.every((part) => part['type'] === 'text' && Object.keys(part).length === 2)
  return isText ? spoken.map(({ text }) => text).join('') : spoken
}

/** The rest of what an assistant turn may hold, as fields of its message. */
function encodeFields(parts: readonly AssistantPart[], losses: Losses): JsonObject {
  let fields: JsonObject = {}
  for (const part of parts) {
    loseMark(part, losses)
    if (part.type === 'refusal') fields = { ...fields, refusal: part.text }
    if (part.type === 'audio' && part.source.kind === 'file')
      fields = { ...fields, audio: { id: part.source.id } }
    else if (part.type === 'audio' || part.type === 'image')
      losses.add(
        'dropped',
        `assistant ${part.type}`,
        `Earlier ${part.type}s of the assistant cannot be sent back`,
      )
    // Fields of a message without a type of their own: state that came with an answer.
    if (part.type === 'opaque' && part.raw['type'] === undefined)
      fields = mergeFields(fields, encodeForeign(part, losses) ?? {})
  }
  return fields
}

/** State goes back to where it stood; the rest of the thought has places of its own. */
function splitStates(all: readonly AssistantPart[]): {
  readonly states: readonly MessageState[]
  readonly parts: readonly AssistantPart[]
} {
  const states: MessageState[] = []
  const parts = all.filter((part) => {
    const state = part.type === 'reasoning' ? readState(part) : undefined
    if (state) states.push(state)
    return state === undefined
  })
  return { states, parts }
}

function pushAssistant(turn: Turn & { role: 'assistant' }, writing: Writing): void {
  const { profile, losses, messages } = writing
  const { states, parts } = splitStates(turn.parts)
  const calls = parts
    .filter((part) => part.type === 'tool-call')
    .map((part, position) =>
      [...states.map((state) => state.calls[position] ?? {}), encodeToolCall(part)].reduce(
        mergeFields,
        carry(part, losses),
      ),
    )
  const content = encodeSpoken(parts, losses)
  const fields = states.reduce(
    (merged, { message }) => mergeFields(merged, message),
    encodeFields(parts, losses),
  )
  const isSilent = content.length === 0 && (calls.length > 0 || Object.keys(fields).length > 0)
  messages.push(
    withoutUndefined({
      ...carry(turn, losses),
      ...fields,
      role: 'assistant',
      ...nameOf(turn),
      content: isSilent ? null : content,
      ...encodeHistory(parts, profile, losses),
      tool_calls: calls.length > 0 ? calls : undefined,
    }),
  )
}

function pushTurn(turn: Turn, writing: Writing): void {
  if (turn.role === 'user') return pushUser(turn, writing)
  pushMedia(writing)
  if (turn.role === 'assistant') return pushAssistant(turn, writing)
  pushSystem(turn.parts, writing)
  if (turn.extensions) carry(turn, writing.losses)
}

/** The messages of a request: instructions first. */
export function encodeMessages(
  { system, turns }: ChatRequest,
  profile: Profile,
  losses: Losses,
): readonly JsonObject[] {
  const writing: Writing = { profile, losses, messages: [], media: [] }
  pushSystem(system, writing)
  for (const turn of turns) pushTurn(turn, writing)
  pushMedia(writing)
  return writing.messages
}
