// OpenAI's own API.

import { providerId } from '../core/brand.ts'
import type { Profile, ProfilePatch } from '../core/profile.ts'
import type { WireProvider } from '../core/provider.ts'
import { bearer } from './authorize.ts'

type Effort = Profile['reasoning']['efforts'][number]

/** Efforts by model family, first match wins; from OpenAI's reasoning guide, autumn 2026. */
const effortsByModel: readonly (readonly [pattern: RegExp, efforts: readonly Effort[]])[] = [
  [/^gpt-5-pro/, ['high']],
  [/^gpt-5\.\d+-chat/, ['medium']],
  [/^gpt-5\.1-codex-max/, ['none', 'medium', 'high', 'xhigh']],
  [/^gpt-5\.1(-|$)/, ['none', 'low', 'medium', 'high']],
  [/^gpt-5\.\d+-pro/, ['medium', 'high', 'xhigh']],
  [/^gpt-5\.[2-5](-|$)/, ['none', 'low', 'medium', 'high', 'xhigh']],
  [/^gpt-5\.\d+(-|$)/, ['none', 'low', 'medium', 'high', 'xhigh', 'max']],
  [/^gpt-5-codex/, ['low', 'medium', 'high']],
  [/^gpt-5(?!-chat)(-|$)/, ['minimal', 'low', 'medium', 'high']],
  [/^gpt-(6-sol|6-luna|6\.1-terra)(-|$)/, ['none', 'low', 'medium', 'high', 'xhigh', 'max']],
  [/^gpt-([6-9]|\d\d)/, ['low', 'medium', 'high', 'xhigh', 'max']],
  [/^(o\d|codex-)/, ['low', 'medium', 'high']],
]

const reasoningProfile = (efforts: readonly Effort[]): ProfilePatch => ({
  reasoning: { ask: 'effort', efforts, history: 'never' },
  sampling: {
    refused: [
      'temperature',
      'topP',
      'topK',
      'minP',
      'frequencyPenalty',
      'presencePenalty',
      'repeatPenalty',
      'logitBias',
      'logprobs',
      'topLogprobs',
    ],
  },
})

function profile(model: string): ProfilePatch {
  // A fine-tuned model is named after what it was made from: `ft:gpt-5.1:team::id`.
  const name = model.replace(/^ft:([^:]*).*$/, '$1')
  const known = effortsByModel.find(([pattern]) => pattern.test(name))
  return {
    passThrough: 'always',
    streamUsage: 'asked',
    system: { placement: 'anywhere', developer: true },
    tools: { custom: true, strict: true },
    output: { schema: 'native', json: 'native' },
    limits: {
      maxOutputField: 'max_completion_tokens',
      ...(/^(o[34]|gpt-([5-9]|\d\d))/.test(name) && known ? { stopSequences: 0 } : {}),
    },
    ...(known ? reasoningProfile(known[1]) : { reasoning: { ask: 'none', efforts: [] } }),
  }
}

export const openai: WireProvider = {
  kind: 'wire',
  id: providerId('openai'),
  label: 'OpenAI',
  defaultModel: 'gpt-5.6-terra',
  faces: { 'openai-chat': { base: 'https://api.openai.com/v1' } },
  keyVariables: ['OPENAI_API_KEY'],
  isKeyRequired: true,
  baseVariables: ['OPENAI_BASE_URL'],
  modelVariables: ['OPENAI_MODEL'],
  authorize: bearer,
  profile,
}
