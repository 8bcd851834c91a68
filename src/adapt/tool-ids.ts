// Ids of calls in the form the target takes. A hash of the original, so that call and result agree, in
// this request and the next, and nothing has to be remembered.

import type { ChatRequest } from '../core/chat.ts'
import type { Profile } from '../core/profile.ts'
import { fits, toFitting } from './pattern.ts'
import { defineRewrite, mapParts, withTurns } from './rewrite.ts'

export const toolIds = defineRewrite('tool-ids', (request: ChatRequest, { profile }) => {
  const toId = createIdMap(profile)
  const map = <P extends { readonly id: string }>(part: P): P => {
    const id = toId(part.id)
    return id === part.id ? part : { ...part, id }
  }
  return withTurns(
    request,
    mapParts(request.turns, {
      user: (part) => (part.type === 'tool-result' ? map(part) : part),
      assistant: (part) => (part.type === 'tool-call' ? map(part) : part),
    }),
  )
})

function createIdMap({ tools }: Profile): (id: string) => string {
  const shape = { pattern: tools.idPattern, length: tools.idLength }
  const known = new Map<string, string>()
  return (id) => {
    if (fits(id, shape)) return id
    const mapped = known.get(id) ?? toFitting(id, shape, ['call_', '', 'c']) ?? id
    known.set(id, mapped)
    return mapped
  }
}
