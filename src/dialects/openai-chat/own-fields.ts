// Fields of a body that are the gateway's own: what they may say, and which of them mean that the body
// cannot be forwarded as it is.

import { envelopeTag, isEnveloped } from '../../core/envelope.ts'
import { type Json, type JsonObject, toJsonArray, toJsonObject } from '../../core/json.ts'
import { isFlatTool } from './decode-tools.ts'
import { fromBody, readBoolean, readName, readNumber, refuse } from './read.ts'

/**
 * Never forwarded. `provider`, `prompt` and `thinking` are ours as plain values only: as objects they
 * are words of some servers of this dialect.
 */
export const ownFields: ReadonlySet<string> = new Set([
  'provider',
  'session_id',
  'tenant_id',
  'max_context_tokens',
  'loop_mode',
  'loop_until',
  'loop_max_turns',
  'agent_loop',
  'prompt',
  'plugins',
  'think',
  'thinking',
  'repeat_penalty',
])

const maxContextTokens = 1_000_000
const maxLoopTurns = 128

function checkLoop(body: JsonObject): void {
  const source = fromBody(body)
  const mode = readName(source, 'loop_mode')
  if (mode === undefined) readBoolean(source, 'agent_loop')
  else if (!['basic', 'agent'].includes(mode.toLowerCase()))
    refuse('loop_mode', body['loop_mode'], '"basic" or "agent"')
  readName(source, 'loop_until')
  readNumber(source, 'loop_max_turns', { min: 1, max: maxLoopTurns, isInteger: true })
}

/** Throws `bad-request` for one of our fields with a wrong value. */
export function checkOwnFields(body: JsonObject): void {
  const source = fromBody(body)
  if (typeof body['provider'] !== 'object') readName(source, 'provider')
  readName(source, 'session_id')
  readName(source, 'tenant_id')
  readNumber(source, 'max_context_tokens', { min: 1, max: maxContextTokens, isInteger: true })
  checkLoop(body)
}

const isSaid = (value: unknown): boolean => value !== undefined && value !== null

const choiceWords: readonly unknown[] = ['auto', 'none', 'required', 'any']

const isOurs = (state: Json | undefined): boolean => typeof state === 'string' && isEnveloped(state)

/** True for a message with state in our envelopes, which no target can open. */
const holdsEnvelope = (message: Json): boolean =>
  toJsonArray(toJsonObject(message)['reasoning_details']).some((detail) => {
    const { signature, data } = toJsonObject(detail) as { signature?: Json; data?: Json }
    return isOurs(signature) || isOurs(data)
  })

/** True when something of ours in the body must act at the target: then it has to be encoded anew. */
export function mustTranslate(body: JsonObject, includes: (text: string) => boolean): boolean {
  const { prompt, think, thinking, repeat_penalty: penalty, tools, tool_choice: choice } = body
  if (
    typeof prompt === 'string' ||
    isSaid(think) ||
    typeof thinking === 'boolean' ||
    isSaid(penalty)
  )
    return true
  if (typeof choice === 'string' && !choiceWords.includes(choice)) return true
  if (toJsonArray(tools).some(isFlatTool)) return true
  return includes(envelopeTag) && toJsonArray(body['messages']).some(holdsEnvelope)
}
