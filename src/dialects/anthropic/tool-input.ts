// A call's raw arguments as the object `tool_use.input` must be.

import type { ToolCallPart } from '../../core/chat.ts'
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'

/**
 * Arguments that are no JSON object are kept word for word under `raw_arguments`, a reported change:
 * the model then sees what it once wrote instead of an empty call.
 */
export function toToolInput(
  { arguments: raw, kind, name }: Pick<ToolCallPart, 'arguments' | 'kind' | 'name'>,
  losses: Losses,
): JsonObject {
  if (kind === 'custom') return { input: raw }
  if (raw.trim() === '') return {}
  const input = parseJson(raw)
  if (isJsonObject(input)) {
    if (hasInexactNumber(raw)) tellInexact(name, losses)
    return input
  }
  if (input === null) return {}
  const inner = typeof input === 'string' ? parseJson(input) : undefined
  const isTwiceEncoded = isJsonObject(inner)
  losses.add(
    'changed',
    'tool_use.input',
    isTwiceEncoded
      ? `The arguments of a call of "${name}" were JSON inside a JSON text; they were unpacked`
      : `The arguments of a call of "${name}" are not a JSON object; they were put as text under "raw_arguments"`,
  )
  return isTwiceEncoded ? inner : { raw_arguments: raw }
}

const tellInexact = (name: string, losses: Losses): void =>
  losses.add(
    'changed',
    'tool_use.input',
    `A number in the arguments of a call of "${name}" has more digits than can be kept`,
  )

const mayBeInexact = /\d{16}|\d[eE][+-]?\d{3}/
const textOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** True when the JSON text has a number that is another one once it was parsed. */
function hasInexactNumber(text: string): boolean {
  if (!mayBeInexact.test(text)) return false
  return (text.match(textOrNumber) ?? []).some((token) => {
    if (token.startsWith('"')) return false
    const number = Number(token)
    if (!Number.isFinite(number)) return true
    if (/^-?\d+$/.test(token)) return BigInt(token) !== BigInt(number)
    return token.replace(/[eE].*$|\D/g, '').replace(/^0+/, '').length > 17
  })
}

/** Notes an input that was parsed before we saw its text: of such integers nobody knows the last digits. */
export function noteInexact(input: Json | undefined, name: string, losses: Losses): void {
  if (holdsUnsafe(input)) tellInexact(name, losses)
}

function holdsUnsafe(value: Json | undefined): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(holdsUnsafe)
}
