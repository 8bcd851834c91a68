// Earlier thought in an assistant's message: left out, as plain text, or signed, as the target wants it.

import type { AssistantPart, ReasoningPart } from '../../core/chat.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'
import type { Profile } from '../../core/profile.ts'
import { dialectId } from './names.ts'
import { encodeDetail } from './reasoning-details.ts'

const isState = ({ signature, redacted }: ReasoningPart): boolean =>
  signature !== undefined || redacted !== undefined

/** Proof made in another dialect means nothing here and is never sent as ours. */
const isOwn = ({ origin }: ReasoningPart): boolean => origin?.dialect === dialectId

const lose = (losses: Losses, what: string, why: string): JsonObject => {
  losses.add('dropped', what, why)
  return {}
}

function asDetails(thoughts: readonly ReasoningPart[]): JsonObject {
  const details = thoughts.map(({ text, signature, redacted, origin }, index) =>
    encodeDetail({ text, signature, redacted, origin: { ...origin, dialect: dialectId } }, index),
  )
  return details.length === 0 ? {} : { reasoning_details: details }
}

function asText(thoughts: readonly ReasoningPart[], profile: Profile, losses: Losses): JsonObject {
  const { field = 'reasoning_content' } = profile.reasoning
  if (field === 'reasoning_details') {
    const foreign = thoughts.some((part) => isState(part) && !isOwn(part))
    if (foreign)
      lose(losses, 'reasoning state', 'Proof of thought made elsewhere cannot go to this target')
    return asDetails(
      thoughts
        .map((part) => (isOwn(part) ? part : { type: 'reasoning' as const, text: part.text }))
        .filter((part) => part.text !== '' || isState(part)),
    )
  }
  if (thoughts.some(isState))
    lose(losses, 'reasoning state', 'The target takes earlier thought only as plain text')
  const text = thoughts.map((part) => part.text).join('')
  return text === '' ? {} : { [field]: text }
}

/** The fields of an assistant's message that give its thought back to the target. */
export function encodeHistory(
  parts: readonly AssistantPart[],
  profile: Profile,
  losses: Losses,
): JsonObject {
  const thoughts = parts.filter((part) => part.type === 'reasoning')
  if (thoughts.length === 0) return {}
  switch (profile.reasoning.history) {
    case 'never':
      return lose(losses, 'reasoning', 'The target takes no earlier thought')
    case 'text':
      return asText(thoughts, profile, losses)
    case 'signed': {
      const signed = thoughts.filter((part) => isState(part) && isOwn(part))
      if (signed.length < thoughts.length)
        lose(losses, 'reasoning', 'The target takes earlier thought only with its own proof')
      return asDetails(signed)
    }
    default:
      return profile.reasoning.history satisfies never
  }
}
