// Groq: open models on fast hardware, in OpenAI's dialect with a few fields refused.

import { providerId } from '../core/brand.ts'
import type { ProfilePatch } from '../core/profile.ts'
import type { WireProvider } from '../core/provider.ts'
import { bearer } from './authorize.ts'

// Field by field from Groq's compatibility notes; `qwen` takes only none or default.
function toReasoning(model: string): ProfilePatch['reasoning'] {
  if (model.includes('gpt-oss'))
    return {
      ask: 'effort',
      efforts: ['low', 'medium', 'high'],
      field: 'reasoning',
      history: 'never',
    }
  if (model.includes('qwen3'))
    return { ask: 'effort', efforts: ['none'], field: 'reasoning', history: 'never' }
  return { ask: 'none', efforts: [], field: 'reasoning', history: 'never' }
}

const profile = (model: string): ProfilePatch => ({
  passThrough: 'checked',
  streamUsage: 'asked',
  system: { placement: 'anywhere', developer: false },
  tools: { custom: false },
  reasoning: toReasoning(model) ?? {},
  limits: { maxOutputField: 'max_completion_tokens' },
  sampling: {
    refused: ['topK', 'minP', 'repeatPenalty', 'logitBias', 'logprobs', 'topLogprobs', 'choices'],
  },
})

export const groq: WireProvider = {
  kind: 'wire',
  id: providerId('groq'),
  label: 'Groq',
  defaultModel: 'openai/gpt-oss-120b',
  faces: { 'openai-chat': { base: 'https://api.groq.com/openai/v1' } },
  keyVariables: ['GROQ_API_KEY'],
  isKeyRequired: true,
  baseVariables: ['GROQ_BASE_URL'],
  modelVariables: ['GROQ_MODEL'],
  authorize: bearer,
  profile,
}
