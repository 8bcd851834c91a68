// A target refused earlier thought: its signature is wrong, missing, or thought is not taken back at
// all. Then it goes without any, and without thinking where it cannot go on from none.

import type { Repair } from '../../core/adaptation.ts'
import type { ChatRequest } from '../../core/chat.ts'
import { hasCalls, mapParts, withTurns } from '../rewrite.ts'
import { isLoopWithoutThought, withoutThinking } from '../thinking-in-tool-loop.ts'
import { isRefusedFor, upstreamWords } from './upstream-words.ts'

const thought =
  /\bsignature\b|thought_?signature|encrypted[ _]content|\bredacted_thinking\b|thinking[`'"]? (?:block|or)|\breasoning_(?:content|details)\b/i
const refused =
  /invalid|not valid|corrupt|missing|required|expected|cannot be modified|could not be (?:verified|decrypted|parsed)|unsupported|not supported|not permitted|must be passed back|must (?:be|start)/i
/** Places without signatures that want the text of earlier thought, which the client did not keep. */
const wantedBack =
  /reasoning_content\b[^.]*(?:must be passed back|is missing|missing)|missing\b[^.]*reasoning_content/i

export const stripReasoningState: Repair = {
  name: 'strip-reasoning-state',
  matches: (error, request) => {
    if (!isRefusedFor(error, thought) || !refused.test(upstreamWords(error))) return false
    if (wantedBack.test(upstreamWords(error)))
      return request.reasoning?.mode !== 'off' && hasCalls(request.turns)
    return hasThought(request) || (isAsked(request) && isLoopWithoutThought(request))
  },
  request: (request, { losses }, error) => {
    if (wantedBack.test(upstreamWords(error))) return withoutThinking(request, losses)
    const bare = withoutThought(request)
    if (bare !== request)
      losses.add('dropped', 'reasoning', 'The target refused the earlier thought: it goes without')
    return isAsked(bare) && isLoopWithoutThought(bare) ? withoutThinking(bare, losses) : bare
  },
}

const isAsked = ({ reasoning }: ChatRequest): boolean =>
  reasoning !== undefined && reasoning.mode !== 'off'

const hasThought = ({ turns }: ChatRequest): boolean =>
  turns.some(
    ({ role, parts }) => role === 'assistant' && parts.some(({ type }) => type === 'reasoning'),
  )

/** All of it: a signed thought missing in the middle breaks the later ones. */
const withoutThought = (request: ChatRequest): ChatRequest =>
  withTurns(
    request,
    mapParts(request.turns, {
      assistant: (part) => (part.type === 'reasoning' ? undefined : part),
    }),
  )
