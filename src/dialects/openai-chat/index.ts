// OpenAI's Chat Completions, and the many servers that speak it with accents of their own.

import type { Dialect, Frame } from '../../core/dialect.ts'
import { toJsonObject } from '../../core/json.ts'
import { decodeRequest } from './decode.ts'
import { encodeRequest } from './encode.ts'
import { encodeWhole } from './encode-whole.ts'
import { encodeError, errorFrames } from './error.ts'
import { decodeError } from './error-decode.ts'
import { encodeCard, encodeCards } from './models.ts'
import { dialectId } from './names.ts'
import { mustTranslate, ownFields } from './own-fields.ts'
import { profile } from './profile.ts'
import { createDecoder } from './stream-decoder.ts'
import { createEncoder } from './stream-encoder.ts'

/** The chunk without choices that tells usage; in text both would stand with escaped quotes. */
const isUsageFrame = ({ data }: Frame): boolean =>
  /"choices"\s*:\s*\[\s*\]/.test(data) && /"usage"\s*:\s*\{/.test(data)

export const openaiChat: Dialect = {
  id: dialectId,
  label: 'OpenAI Chat',
  endpoints: [
    { method: 'POST', path: '/v1/chat/completions', operation: 'chat' },
    { method: 'POST', path: '/chat/completions', operation: 'chat' },
    { method: 'POST', path: '/chat', operation: 'chat' },
  ],
  paths: { chat: '/chat/completions', models: '/models' },
  framing: 'sse',
  profile,
  request: {
    decode: decodeRequest,
    encode: encodeRequest,
    // Organisation and project belong to the client's own key, which never goes upstream.
    headers: ['idempotency-key', 'openai-beta', 'x-client-request-id'],
    ownFields,
    mustTranslate,
    usageEdit: (fields, { streamUsage }) => {
      const options = toJsonObject(fields['stream_options'])
      const isTold = fields['stream'] !== true || options['include_usage'] === true
      return isTold || streamUsage !== 'asked'
        ? undefined
        : { stream_options: { ...options, include_usage: true } }
    },
  },
  response: {
    decoder: createDecoder,
    encoder: createEncoder,
    encodeWhole,
    // Not all of `openai-*`: one of them names the organisation behind the gateway's key.
    headers: [
      'openai-processing-ms',
      'openai-version',
      'retry-after',
      'retry-after-ms',
      'x-ratelimit-*',
      'x-request-id',
    ],
    marks: [
      '"usage":{',
      '"usage": {',
      '"finish_reason":"',
      '"finish_reason": "',
      '"error"',
      'event: error',
      'event:error',
      '[DONE]',
    ],
    isUsageFrame,
  },
  error: { encode: encodeError, frames: errorFrames, decode: decodeError },
  keepAlive: { comment: 'keep-alive' },
  models: {
    // Clients of this dialect send no header that tells them: it takes whoever nobody before it claims.
    claims: () => true,
    list: encodeCards,
    one: encodeCard,
  },
}
