// OpenRouter: many vendors behind one key. It drops what a model cannot take, so little is refused
// here, and it carries thought in `reasoning_details`, which must come back whole and in order.

import type { DialectId } from '../core/brand.ts'
import { providerId } from '../core/brand.ts'
import type { ProfilePatch } from '../core/profile.ts'
import type { WireProvider } from '../core/provider.ts'
import { bearer } from './authorize.ts'
import { claudeProfile } from './claude-models.ts'

const chatProfile: ProfilePatch = {
  passThrough: 'always',
  streamUsage: 'asked',
  system: { placement: 'anywhere', developer: false },
  tools: { custom: false },
  reasoning: {
    ask: 'effort',
    efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
    field: 'reasoning_details',
    history: 'text',
  },
  limits: { maxOutputField: 'max_tokens' },
  sampling: { refused: [] },
}

const profileOf = (model: string, dialect: DialectId): ProfilePatch =>
  dialect === 'openai-chat' ? chatProfile : { passThrough: 'always', ...claudeProfile(model) }

export const openrouter: WireProvider = {
  kind: 'wire',
  id: providerId('openrouter'),
  label: 'OpenRouter',
  defaultModel: 'openrouter/auto',
  faces: {
    'openai-chat': { base: 'https://openrouter.ai/api/v1' },
    anthropic: { base: 'https://openrouter.ai/api/v1' },
  },
  keyVariables: ['OPENROUTER_API_KEY'],
  isKeyRequired: true,
  baseVariables: ['OPENROUTER_BASE_URL'],
  modelVariables: ['OPENROUTER_MODEL'],
  headerVariables: {
    'http-referer': 'OPENROUTER_HTTP_REFERER',
    'x-title': 'OPENROUTER_APP_NAME',
    'x-openrouter-title': 'OPENROUTER_APP_NAME',
  },
  authorize: bearer,
  profile: profileOf,
}
