// A call's raw arguments as the object `tool_use.input` must be.

import type { ToolCallPart } from '../../core/chat.ts'
import { isJsonObject, type JsonObject, parseJson } from '../../core/json.ts'
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
  if (isJsonObject(input)) return input
  losses.add(
    'changed',
    'tool_use.input',
    `The arguments of a call of "${name}" are not a JSON object; they were put as text under "raw_arguments"`,
  )
  return { raw_arguments: raw }
}
