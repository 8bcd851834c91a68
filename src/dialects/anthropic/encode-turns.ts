// Turns as messages, in an order the API takes.

import type { SystemPart, Turn } from '../../core/chat.ts'
import { carryExtensions } from '../../core/extensions.ts'
import { toJsonArray, toJsonObject } from '../../core/json.ts'
import { collapse, encodeAssistantBlocks, encodeText, encodeUserBlocks } from './encode-blocks.ts'
import { dialectId } from './names.ts'
import { type EncodeTools, mapBlocks, type Wire } from './wire.ts'

type Message = { readonly role: string; readonly blocks: readonly Wire[]; readonly fields: Wire }

/** Messages without empty contents; results of a tool loop stand first in what follows the calls. */
export function encodeTurns(turns: readonly Turn[], tools: EncodeTools): readonly Wire[] {
  const messages = turns.flatMap((turn) => encodeTurn(turn, tools) ?? [])
  return putResultsFirst(messages).map(({ role, blocks, fields }) => ({
    role,
    content: collapse(blocks),
    ...fields,
  }))
}

export const encodeSystem = (parts: readonly SystemPart[], tools: EncodeTools): readonly Wire[] =>
  mapBlocks(parts, (part) => encodeText(part, tools))

function encodeTurn(turn: Turn, tools: EncodeTools): Message | undefined {
  const { losses } = tools
  if (turn.role === 'system') return encodeSystemTurn(turn, tools)
  if (turn.name !== undefined)
    losses.add('dropped', 'messages.name', 'The target does not know names of speakers')
  const blocks =
    turn.role === 'user'
      ? encodeUserBlocks(turn.parts, tools)
      : encodeAssistantBlocks(turn.parts, tools)
  if (blocks.length === 0) return undefined
  return { role: turn.role, blocks, fields: carryExtensions(turn.extensions, dialectId, losses) }
}

/** Where the target knows no instructions in mid-conversation, the user says them: they are never lost. */
function encodeSystemTurn(
  turn: Turn & { role: 'system' },
  tools: EncodeTools,
): Message | undefined {
  const { profile, losses } = tools
  const fields = carryExtensions(turn.extensions, dialectId, losses)
  const blocks = encodeSystem(turn.parts, tools)
  if (profile.system.placement === 'anywhere') {
    if (blocks.length === 0 && !('content' in fields)) return undefined
    return { role: 'system', blocks, fields }
  }
  for (const field of Object.keys(fields))
    losses.add('dropped', field, `The target takes no "${field}" with instructions`)
  if (blocks.length === 0) return undefined
  losses.add('emulated', 'system', 'Instructions in mid-conversation were put in the user’s words')
  return { role: 'user', blocks, fields: {} }
}

const hasResults = ({ blocks }: Message): boolean =>
  blocks.some((block) => block['type'] === 'tool_result')

/**
 * The API joins user messages that follow each other and then wants results before anything else: a
 * run with later results becomes one message that begins with them.
 */
function putResultsFirst(messages: readonly Message[]): readonly Message[] {
  const ordered: Message[] = []
  for (const message of messages) {
    const last = ordered.at(-1)
    const isRun = last?.role === 'user' && message.role === 'user'
    if (!last || !isRun || !hasResults(message)) {
      ordered.push(message)
      continue
    }
    const blocks = [...last.blocks, ...message.blocks]
    const isResult = (block: Wire): boolean => block['type'] === 'tool_result'
    ordered[ordered.length - 1] = {
      role: 'user',
      blocks: [...blocks.filter(isResult), ...blocks.filter((block) => !isResult(block))],
      fields: { ...last.fields, ...message.fields },
    }
  }
  return ordered
}

/**
 * True while a tool loop runs whose last step called tools without thinking: models that take a budget
 * then refuse to think on.
 */
export function isLoopWithoutThought(messages: readonly Wire[]): boolean {
  const last = messages.at(-1)
  const lastBlocks = toJsonArray(last?.['content']).map(toJsonObject)
  if (last?.['role'] !== 'user' || !lastBlocks.some((block) => block['type'] === 'tool_result'))
    return false
  const step = messages.findLast((message) => message['role'] === 'assistant')
  const blocks = toJsonArray(step?.['content']).map(toJsonObject)
  const isThought = (type: unknown): boolean => type === 'thinking' || type === 'redacted_thinking'
  return (
    blocks.some((block) => block['type'] === 'tool_use') &&
    !blocks.some((block) => isThought(block['type']))
  )
}
