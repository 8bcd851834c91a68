// A guess at token counts where nobody says one. It errs high: a client that compacts its context a
// little early is fine, one that never does is not.

import type { ChatRequest, Part } from './chat.ts'

// Real tokenizers average 3.5-4.5 characters of English and about 3 of code; other scripts take up
// to two tokens a character.
const asciiCharactersPerToken = 2.9
const tokensPerOtherCharacter = 1.3
const tokensPerImage = 1600
const tokensPerDocumentByte = 1 / 40
const tokensPerTurn = 6
const tokensPerTool = 12

/** Tokens of a text, erring high. */
export function estimateTextTokens(text: string): number {
  let other = 0
  for (let position = 0; position < text.length; position += 1) {
    if (text.charCodeAt(position) > 127) other += 1
  }
  return (text.length - other) / asciiCharactersPerToken + other * tokensPerOtherCharacter
}

/** Tokens of a whole request: instructions, turns, tools and media. */
export function estimateRequestTokens(request: ChatRequest): number {
  let tokens = 3
  for (const part of request.system) tokens += estimateTextTokens(part.text) + tokensPerTurn
  for (const turn of request.turns) {
    tokens += tokensPerTurn
    for (const part of turn.parts) tokens += estimatePart(part)
  }
  for (const tool of request.tools ?? [])
    tokens += tokensPerTool + estimateTextTokens(JSON.stringify(tool))
  if (request.output?.type === 'schema')
    tokens += estimateTextTokens(JSON.stringify(request.output.schema))
  return Math.ceil(tokens)
}

function estimatePart(part: Part): number {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return estimateTextTokens(part.text)
    case 'reasoning':
      return estimateTextTokens(part.text) + (part.redacted ? part.redacted.length / 8 : 0)
    case 'tool-call':
      return tokensPerTool + estimateTextTokens(part.name) + estimateTextTokens(part.arguments)
    case 'tool-result':
      return part.content.reduce((total, inner) => total + estimatePart(inner), tokensPerTool)
    case 'image':
      return tokensPerImage
    case 'audio':
    case 'document':
      return part.source.kind === 'base64'
        ? tokensPerImage + part.source.data.length * tokensPerDocumentByte
        : part.source.kind === 'text'
          ? estimateTextTokens(part.source.text)
          : tokensPerImage
    case 'opaque':
      return estimateTextTokens(JSON.stringify(part.raw))
    default:
      return part satisfies never
  }
}
