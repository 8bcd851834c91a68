// No more tokens are asked for than the model can write: some targets refuse the request otherwise.

import { defineRewrite } from './rewrite.ts'

export const outputLimit = defineRewrite('output-limit', (request, { profile, losses }) => {
  const wanted = request.limits?.maxOutputTokens
  const most = profile.limits.maxOutputTokens
  if (wanted === undefined || most === undefined || wanted <= most) return request
  losses.add('changed', 'max_tokens', `The model writes at most ${most} tokens, not ${wanted}`)
  return { ...request, limits: { ...request.limits, maxOutputTokens: most } }
})
