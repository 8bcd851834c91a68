// Anthropic's own API. `ANTHROPIC_BASE_URL` and `ANTHROPIC_MODEL` are not read: people set them for
// their coding tool, the address often to a gateway like this one, which would then call itself.

import { providerId } from '../core/brand.ts'
import type { WireProvider } from '../core/provider.ts'
import { keyHeader } from './authorize.ts'
import { claudeProfile } from './claude-models.ts'

export const anthropic: WireProvider = {
  kind: 'wire',
  id: providerId('anthropic'),
  label: 'Anthropic',
  aliases: ['claude'],
  defaultModel: 'claude-sonnet-5-5',
  faces: { anthropic: { base: 'https://api.anthropic.com/v1' } },
  keyVariables: ['ANTHROPIC_API_KEY', 'CLAUDE_API_KEY'],
  isKeyRequired: true,
  baseVariables: ['CLAUDE_BASE_URL'],
  modelVariables: ['CLAUDE_MODEL'],
  authorize: keyHeader('x-api-key'),
  profile: (model) => ({ passThrough: 'always', streamUsage: 'unasked', ...claudeProfile(model) }),
}
