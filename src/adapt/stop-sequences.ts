// Stop texts beyond those the target takes: the gateway watches for them itself and ends the answer
// where they begin.

import type { Adaptation } from '../core/adaptation.ts'
import type { ChatRequest } from '../core/chat.ts'
import type { Profile } from '../core/profile.ts'
import { cutAtStop } from './cut-at-stop.ts'
import { isBlank, without } from './rewrite.ts'

export const stopSequences: Adaptation = {
  name: 'stop-sequences',
  applies: (request, { profile }) => {
    const { sent } = split(request, profile)
    return sent.length !== (request.limits?.stop ?? sent).length
  },
  request: (request, { profile, losses }) => {
    const { sent, watched } = split(request, profile)
    const { stop, ...limits } = request.limits ?? {}
    if (stop === undefined || sent.length === stop.length) return { request }
    const adapted: ChatRequest = {
      ...request,
      limits: sent.length > 0 ? { ...limits, stop: sent } : limits,
    }
    const isBare = Object.keys(adapted.limits ?? {}).length === 0
    const bare = isBare ? without(adapted, 'limits') : adapted
    if (watched.length === 0) return { request: bare }
    losses.add(
      'emulated',
      'stop',
      `The target takes ${sent.length} of the stop texts: the answer is cut here`,
    )
    return { request: bare, events: () => cutAtStop(watched) }
  },
}

type Split = { readonly sent: readonly string[]; readonly watched: readonly string[] }

/** The texts the target watches for and those we do; empty ones stop nothing. */
function split({ limits }: ChatRequest, profile: Profile): Split {
  const all = [...new Set((limits?.stop ?? []).filter((text) => text !== ''))]
  // Who refuses empty text refuses stop texts of white space too.
  const sendable = profile.turns.emptyText ? all : all.filter((text) => !isBlank(text))
  const sent = sendable.slice(0, Math.max(0, profile.limits.stopSequences))
  return { sent, watched: all.filter((text) => !sent.includes(text)) }
}
