// Says in words that a tool failed, where results have no place for it.

import type { ToolResultPart } from '../core/chat.ts'
import { defineRewrite, mapParts, without, withTurns } from './rewrite.ts'

export const toolErrors = defineRewrite('tool-errors', (request, { profile, losses }) => {
  if (profile.parts.toolResultErrors) return request
  const tell = (part: ToolResultPart): ToolResultPart => {
    if (part.isError === undefined) return part
    const rest = without(part, 'isError')
    if (!part.isError) return rest
    losses.add(
      'emulated',
      'is_error',
      'Tool results have no error flag here: the text says that the tool failed',
    )
    const [first, ...others] = part.content
    // One text, not two: some targets take only a single string as a result.
    if (first?.type !== 'text')
      return { ...rest, content: [{ type: 'text', text: 'Error:' }, ...part.content] }
    return { ...rest, content: [{ ...first, text: `Error: ${first.text}` }, ...others] }
  }
  return withTurns(
    request,
    mapParts(request.turns, {
      user: (part) => (part.type === 'tool-result' ? tell(part) : part),
    }),
  )
})
