// Sampling and stop sequences for a target of this dialect, which knows three knobs and refuses
// some of them on some models.

import type { ChatRequest, Sampling } from '../../core/chat.ts'
import { GatewayError } from '../../core/error.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'
import type { Profile } from '../../core/profile.ts'

/** What the dialect has no field for, in the spelling clients use. */
const missing = {
  minP: 'min_p',
  seed: 'seed',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
  repeatPenalty: 'repeat_penalty',
  logitBias: 'logit_bias',
  logprobs: 'logprobs',
  topLogprobs: 'top_logprobs',
} as const satisfies { readonly [K in keyof Sampling]?: string }

/** Values that ask for nothing: leaving them out loses nothing. */
const idle: { readonly [field: string]: unknown } = {
  minP: 0,
  frequencyPenalty: 0,
  presencePenalty: 0,
  repeatPenalty: 1,
  logprobs: false,
  topLogprobs: 0,
}

const knobs = { temperature: 'temperature', topP: 'top_p', topK: 'top_k' } as const
type Knob = keyof typeof knobs

/** The lowest `top_p` a thinking model takes. */
const minThinkingTopP = 0.95

export function encodeSampling(
  request: ChatRequest,
  profile: Profile,
  losses: Losses,
  isThinkingExclusive: boolean,
): JsonObject {
  const sampling = request.sampling ?? {}
  if ((sampling.choices ?? 1) > 1)
    throw new GatewayError(
      'unsupported',
      `The target gives one answer at a time, but n is ${sampling.choices}; ask for one, or choose another model`,
      { param: 'n' },
    )
  for (const [field, name] of Object.entries(missing)) {
    const value = sampling[field as keyof typeof missing]
    const isIdle = value === idle[field] || (field === 'logitBias' && isEmpty(value))
    if (value !== undefined && !isIdle)
      losses.add('dropped', name, `The target's dialect has no field for "${name}"`)
  }
  const isThinkingAgainst = (knob: Knob, value: number): boolean =>
    isThinkingExclusive &&
    (knob === 'topK' || (knob === 'topP' ? value < minThinkingTopP : value !== 1))
  const wire: { [name: string]: number } = {}
  for (const knob of Object.keys(knobs) as Knob[]) {
    const value = sampling[knob]
    const name = knobs[knob]
    if (value === undefined) continue
    const isDefault = knob !== 'topK' && value === 1
    if (isDefault && (profile.sampling.refused.includes(knob) || hasPartner(knob, sampling)))
      continue
    if (profile.sampling.refused.includes(knob))
      losses.add('dropped', name, `The model refuses "${name}"`)
    else if (isThinkingAgainst(knob, value))
      losses.add('dropped', name, `The target refuses "${name}" of ${value} while it thinks`)
    else wire[name] = knob === 'temperature' ? clamp(value, profile, losses) : value
  }
  return wire
}

/** Some models refuse `temperature` and `top_p` together; one that is 1 asks for nothing. */
const hasPartner = (knob: Knob, { temperature, topP }: Sampling): boolean =>
  knob === 'topP' ? temperature !== undefined : topP !== undefined && topP !== 1

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

function clamp(temperature: number, profile: Profile, losses: Losses): number {
  const { maxTemperature } = profile.sampling
  if (temperature <= maxTemperature) return temperature
  losses.add('changed', 'temperature', `The target takes at most ${maxTemperature}`)
  return maxTemperature
}

/** Stop sequences the target takes: it refuses blank ones. */
export function encodeStop(
  request: ChatRequest,
  profile: Profile,
  losses: Losses,
): readonly string[] {
  const wanted = request.limits?.stop ?? []
  const stop = wanted.filter((sequence) => sequence.trim() !== '')
  if (stop.length < wanted.length)
    losses.add('dropped', 'stop', 'The target takes no blank stop sequences')
  if (stop.length > profile.limits.stopSequences)
    losses.add('dropped', 'stop', `The target takes ${profile.limits.stopSequences} stop sequences`)
  return stop.slice(0, profile.limits.stopSequences)
}
