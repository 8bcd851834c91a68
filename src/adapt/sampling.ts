// Sampling fields the target refuses or takes in a narrower range.

import type { Adaptation } from '../core/adaptation.ts'
import type { ChatRequest, Sampling } from '../core/chat.ts'
import { GatewayError } from '../core/error.ts'
import type { Losses } from '../core/loss.ts'
import type { Profile } from '../core/profile.ts'
import { defineRewrite, isThinkingExclusively, without } from './rewrite.ts'

type Field = keyof Sampling

/** As clients write them. */
export const samplingNames = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  minP: 'min_p',
  seed: 'seed',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
  repeatPenalty: 'repeat_penalty',
  logitBias: 'logit_bias',
  logprobs: 'logprobs',
  topLogprobs: 'top_logprobs',
  choices: 'n',
} as const satisfies Record<Field, string>

const fields = Object.keys(samplingNames) as readonly Field[]

const rewriting = defineRewrite('sampling', (request, { profile, losses }) => {
  const { sampling } = request
  if (!sampling) return request
  const kept = withKnown(sampling, request, profile, losses)
  const settled = clamped(kept, profile.sampling.maxTemperature, losses)
  if (settled === sampling) return request
  const isEmpty = Object.keys(settled).length === 0
  return isEmpty ? without(request, 'sampling') : { ...request, sampling: settled }
})

/** Refuses several answers where there is one: the client waits for all of them. */
export const sampling: Adaptation = {
  ...rewriting,
  request: (request, context) => {
    const count = request.sampling?.choices ?? 1
    if (count > 1 && context.profile.sampling.refused.includes('choices')) {
      throw new GatewayError(
        'unsupported',
        `The target gives one answer, not ${count}; ask ${count} times or leave "n" out`,
        { param: 'n' },
      )
    }
    return rewriting.request(request, context)
  },
}

function withKnown(
  sampling: Sampling,
  request: ChatRequest,
  profile: Profile,
  losses: Losses,
): Sampling {
  const isExclusive = isThinkingExclusively(request, profile)
  const dropped = fields.filter((field) => {
    if (sampling[field] === undefined) return false
    const isRefused = profile.sampling.refused.includes(field)
    const isInTheWay = isExclusive && isRefusedWhileThinking(field, sampling)
    if (!isRefused && !isInTheWay) return false
    const why = isRefused ? 'The target does not take it' : 'Not taken while the model thinks'
    if (!isNeutral(field, sampling)) losses.add('dropped', samplingNames[field], why)
    return true
  })
  return dropped.length === 0 ? sampling : without(sampling, ...dropped)
}

function isRefusedWhileThinking(field: Field, { temperature, topP }: Sampling): boolean {
  if (field === 'temperature') return temperature !== 1
  if (field === 'topP') return (topP ?? 1) < 0.95
  return field === 'topK'
}

/** True for values that change nothing: many clients send them always. */
function isNeutral(field: Field, sampling: Sampling): boolean {
  const value = sampling[field]
  switch (field) {
    case 'frequencyPenalty':
    case 'presencePenalty':
    case 'topLogprobs':
    case 'minP':
      return value === 0
    case 'repeatPenalty':
    case 'topP':
    case 'choices':
      return value === 1
    case 'logprobs':
      return value === false
    case 'logitBias':
      return Object.keys(sampling.logitBias ?? {}).length === 0
    default:
      return false
  }
}

function clamped(sampling: Sampling, maxTemperature: number, losses: Losses): Sampling {
  const { temperature } = sampling
  if (temperature === undefined || temperature <= maxTemperature) return sampling
  losses.add(
    'changed',
    'temperature',
    `${temperature} is above the target's greatest, ${maxTemperature}`,
  )
  return { ...sampling, temperature: maxTemperature }
}
