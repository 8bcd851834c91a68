// A target that can do everything: tests take away what they are about.

import type { Adaptation, AdaptationContext, Adapted } from '../core/adaptation.ts'
import type { ChatRequest, Turn } from '../core/chat.ts'
import { efforts } from '../core/chat.ts'
import { type Profile, type ProfilePatch, withProfile } from '../core/profile.ts'
import { toContext } from './arbitrary-requests.ts'

export const ableProfile: Profile = {
  passThrough: 'checked',
  streaming: 'both',
  streamUsage: 'unasked',
  system: { placement: 'anywhere', developer: true },
  turns: { mustAlternate: false, prefill: true, emptyText: true },
  parts: {
    imageUrl: true,
    imageData: true,
    documents: true,
    documentUrl: true,
    audio: true,
    toolResultImages: true,
    toolResultErrors: true,
  },
  tools: {
    isSupported: true,
    namePattern: '.*',
    nameLength: 1000,
    idPattern: '.*',
    idLength: 1000,
    custom: true,
    choice: ['auto', 'none', 'required', 'one', 'allowed'],
    parallelSwitch: true,
    strict: true,
  },
  output: { schema: 'native', json: 'native' },
  reasoning: {
    ask: 'effort',
    efforts,
    history: 'text',
    thinkTags: false,
    isExclusive: false,
  },
  limits: { isMaxOutputRequired: false, stopSequences: 100 },
  sampling: { maxTemperature: 2, refused: [] },
}

/** The context of an attempt on a target that can do everything but what `patch` takes away. */
export const contextWithout = (patch: ProfilePatch): AdaptationContext =>
  toContext(withProfile(ableProfile, patch))

/** A request with these turns and whatever else it needs. */
export const requestOf = (
  turns: readonly Turn[],
  more: Partial<ChatRequest> = {},
): ChatRequest => ({ model: 'm-1', system: [], turns, stream: true, ...more })

export const userSays = (...texts: readonly string[]): Turn => ({
  role: 'user',
  parts: texts.map((text) => ({ type: 'text', text })),
})

export const assistantSays = (...texts: readonly string[]): Turn => ({
  role: 'assistant',
  parts: texts.map((text) => ({ type: 'text', text })),
})

/** An assistant turn that calls tools: `[id, name]` each. */
export const assistantCalls = (
  ...calls: readonly (readonly [id: string, name: string])[]
): Turn => ({
  role: 'assistant',
  parts: calls.map(([id, name]) => ({
    type: 'tool-call',
    id,
    name,
    kind: 'function',
    arguments: '{}',
  })),
})

/** A user turn with the results of calls: `[id, text]` each. */
export const userGives = (...results: readonly (readonly [id: string, text: string])[]): Turn => ({
  role: 'user',
  parts: results.map(([id, text]) => ({
    type: 'tool-result',
    id,
    content: [{ type: 'text', text }],
  })),
})

/** The adapted request, its losses as `kind:what`, and how to undo it. */
export function adaptFor(
  adaptation: Adaptation,
  request: ChatRequest,
  patch: ProfilePatch,
): Adapted & { readonly losses: readonly string[] } {
  const context = contextWithout(patch)
  const adapted = adaptation.request(request, context)
  return { ...adapted, losses: context.losses.list.map(({ kind, what }) => `${kind}:${what}`) }
}
