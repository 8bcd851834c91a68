// The simulator's own tokens: a word with the space before it, long words in pieces. They are what it
// streams, counts and limits, so that its numbers are exact.

import type { ChatRequest, Part } from '../../core/chat.ts'

const tokenPattern = /\s*\S{1,12}|\s+$/gu
const tokensPerMedium = 100

/** The tokens of a text; joined they are the text again. */
export const toTokens = (text: string): readonly string[] => text.match(tokenPattern) ?? []

export const countTokens = (text: string): number => toTokens(text).length

/** The whole prompt: instructions, turns, tools and the schema of the answer. */
export function countPromptTokens({ system, turns, tools = [], output }: ChatRequest): number {
  const parts = [...system, ...turns.flatMap((turn): readonly Part[] => turn.parts)]
  const schema = output?.type === 'schema' ? countTokens(JSON.stringify(output.schema)) : 0
  return (
    parts.reduce((total, part) => total + countPart(part), 0) +
    tools.reduce((total, tool) => total + countTokens(JSON.stringify(tool)), 0) +
    schema
  )
}

function countPart(part: Part): number {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return countTokens(part.text)
    case 'tool-call':
      return countTokens(part.name) + countTokens(part.arguments)
    case 'tool-result':
      return part.content.reduce((total, inner) => total + countPart(inner), 0)
    case 'opaque':
      return countTokens(JSON.stringify(part.raw))
    case 'image':
    case 'audio':
    case 'document':
      return part.source.kind === 'text' ? countTokens(part.source.text) : tokensPerMedium
    default:
      return part satisfies never
  }
}
