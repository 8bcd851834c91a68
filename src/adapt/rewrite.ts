// What all adaptations share: changed copies that stay the very same object when nothing changed, so
// that "does it apply?" and "what does it change?" are one question.

import type { Adaptation, AdaptationContext } from '../core/adaptation.ts'
import type {
  AssistantPart,
  ChatRequest,
  ReasoningPart,
  SystemPart,
  Turn,
  UserPart,
} from '../core/chat.ts'
import { GatewayError } from '../core/error.ts'
import type { Losses } from '../core/loss.ts'
import type { Profile } from '../core/profile.ts'

export type AssistantTurn = Turn & { readonly role: 'assistant' }
export type UserTurn = Turn & { readonly role: 'user' }

/** Takes losses and forgets them: for asking what would change. */
export const noLosses: Losses = { add: () => {}, list: [] }

/** Returns the same request when there is nothing to change. */
export type Rewrite = (request: ChatRequest, context: AdaptationContext) => ChatRequest

/** An adaptation of requests only: it applies when its rewrite would change or refuse something. */
export const defineRewrite = (name: string, rewrite: Rewrite): Adaptation => ({
  name,
  applies: (request, context) => {
    try {
      return rewrite(request, { ...context, losses: noLosses }) !== request
    } catch (thrown) {
      if (thrown instanceof GatewayError) return true
      throw thrown
    }
  },
  request: (request, context) => ({ request: rewrite(request, context) }),
})

/** `list` with each item replaced, or left out where `map` gives undefined. */
export function mapList<T>(
  list: readonly T[],
  map: (item: T, position: number) => T | undefined,
): readonly T[] {
  let changed: T[] | undefined
  for (const [position, item] of list.entries()) {
    const mapped = map(item, position)
    if (mapped !== item) changed ??= list.slice(0, position)
    if (changed && mapped !== undefined) changed.push(mapped)
  }
  return changed ?? list
}

export type PartMaps = {
  readonly user?: (part: UserPart) => UserPart | undefined
  readonly assistant?: (part: AssistantPart) => AssistantPart | undefined
  readonly system?: (part: SystemPart) => SystemPart | undefined
}

/** Turns with their parts mapped by role; a turn that loses all its parts is left out. */
export const mapParts = (turns: readonly Turn[], maps: PartMaps): readonly Turn[] =>
  mapList(turns, (turn) => {
    switch (turn.role) {
      case 'user':
        return maps.user ? withParts(turn, mapList(turn.parts, maps.user)) : turn
      case 'assistant':
        return maps.assistant ? withParts(turn, mapList(turn.parts, maps.assistant)) : turn
      case 'system':
        return maps.system ? withParts(turn, mapList(turn.parts, maps.system)) : turn
      default:
        return turn satisfies never
    }
  })

function withParts<T extends Turn>(turn: T, parts: T['parts']): T | undefined {
  if (parts === turn.parts) return turn
  return parts.length === 0 ? undefined : ({ ...turn, parts } as T)
}

/** `request` with these turns, or itself when they are its own. */
export const withTurns = (request: ChatRequest, turns: readonly Turn[]): ChatRequest =>
  turns === request.turns ? request : { ...request, turns }

/** A copy without some of its optional fields. */
export function without<T extends object, K extends keyof T>(
  value: T,
  ...keys: readonly K[]
): Omit<T, K> {
  const copy = { ...value }
  for (const key of keys) delete copy[key]
  return copy
}

/** `request` with one more instruction after all others, so that cached prefixes stay valid. */
export const withInstruction = (request: ChatRequest, text: string): ChatRequest => ({
  ...request,
  system: [...request.system, { type: 'text', text }],
})

/** True when the target will think on this request. */
export const isThinking = ({ reasoning }: ChatRequest, profile: Profile): boolean =>
  reasoning !== undefined && reasoning.mode !== 'off' && profile.reasoning.ask !== 'none'

/** True when the target will think and then takes no forced tool, no sampling and no prefill. */
export const isThinkingExclusively = (request: ChatRequest, profile: Profile): boolean =>
  profile.reasoning.isExclusive && isThinking(request, profile)

export const isBlank = (text: string): boolean => text.trim() === ''

/** True when the history holds a call of a tool. */
export const hasCalls = (turns: readonly Turn[]): boolean =>
  turns.some(
    ({ role, parts }) => role === 'assistant' && parts.some(({ type }) => type === 'tool-call'),
  )

/** True for thought that must go back unchanged or not at all. */
export const isSigned = ({ signature, redacted }: ReasoningPart): boolean =>
  signature !== undefined || redacted !== undefined
