// Anthropic's Messages API, both directions (https://docs.anthropic.com/en/api/messages).

import type { Dialect, Endpoint } from '../../core/dialect.ts'
import { decodeRequest } from './decode.ts'
import { encodeRequest } from './encode.ts'
import { decodeError, encodeError, errorFrames } from './error.ts'
import { countTokens, models } from './models.ts'
import { mustTranslate } from './must-translate.ts'
import { dialectId, ownFields } from './names.ts'
import { profile } from './profile.ts'
import { encodeMessage } from './response.ts'
import { createEncoder } from './response-encoder.ts'
import { createDecoder } from './stream.ts'

const at = (path: string, operation: Endpoint['operation']): Endpoint => ({
  method: 'POST',
  path,
  operation,
})

export const anthropic: Dialect = {
  id: dialectId,
  label: 'Anthropic Messages',
  endpoints: [
    at('/v1/messages', 'chat'),
    at('/anthropic/v1/messages', 'chat'),
    at('/v1/messages/count_tokens', 'count-tokens'),
    at('/anthropic/v1/messages/count_tokens', 'count-tokens'),
  ],
  paths: { chat: '/messages', 'count-tokens': '/messages/count_tokens', models: '/models' },
  framing: 'sse',
  profile,
  request: {
    decode: decodeRequest,
    encode: encodeRequest,
    headers: ['anthropic-version', 'anthropic-beta'],
    filterHeader: (name, value, { betas }) =>
      name === 'anthropic-beta' && betas ? onlyKnown(value, betas) : value,
    fixedHeaders: { 'anthropic-version': '2023-06-01' },
    ownFields,
    mustTranslate,
  },
  response: {
    decoder: createDecoder,
    encoder: createEncoder,
    encodeWhole: encodeMessage,
    headers: [
      'request-id',
      'retry-after',
      'retry-after-ms',
      'anthropic-ratelimit-*',
      'anthropic-priority-*',
      'anthropic-fast-*',
    ],
    marks: [
      '"usage":{',
      '"usage": {',
      '"stop_reason":"',
      '"stop_reason": "',
      '"type":"message_start"',
      '"type": "message_start"',
      'message_stop',
      '"type":"error"',
      '"type": "error"',
      'event: error',
      'event:error',
    ],
  },
  error: { encode: encodeError, frames: errorFrames, decode: decodeError },
  keepAlive: { frame: { event: 'ping', data: '{"type":"ping"}' } },
  countTokens,
  models,
}

function onlyKnown(value: string, betas: readonly string[]): string | undefined {
  const known = value
    .split(',')
    .map((beta) => beta.trim())
    .filter((beta) => betas.includes(beta))
  return known.length > 0 ? known.join(',') : undefined
}
