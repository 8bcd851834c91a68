// Reads a JSON request body for deciding what to do with it, while its bytes stay as they came.

import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../core/error.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { type Member, outlineOf } from './scan-top-level.ts'

/** Larger bodies are parsed field by field, when somebody asks: forwarding one must not cost reading it. */
export const maxEagerBytes = 256 * 1024

/**
 * The fields of a body that is one JSON object. Throws `bad-request` for anything else, and for a
 * repeated key: which of the two is meant cannot be known.
 */
export function readFields(bytes: Uint8Array): JsonObject {
  if (!isUtf8(bytes)) {
    throw new GatewayError('bad-request', 'The body is not UTF-8; JSON is sent in UTF-8', {
      code: 'invalid_json',
    })
  }
  if (bytes.length === 0) {
    throw new GatewayError('bad-request', 'The request has no body; send a JSON object', {
      code: 'missing_body',
    })
  }
  const fields = bytes.length <= maxEagerBytes ? parseObject(bytes) : undefined
  const { members, repeated } = outlineOf(bytes)
  const [key] = repeated
  if (key !== undefined) {
    throw new GatewayError(
      'bad-request',
      `The body has the key "${key}" more than once; which one is meant cannot be known`,
      { code: 'repeated_key', param: key },
    )
  }
  return fields ?? toLazyFields(bytes, members)
}

/** The same bytes without a byte order mark, which JSON must not have and some editors write. */
export const withoutByteOrderMark = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes

const textOf = (bytes: Uint8Array, from = 0, to = bytes.length): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8')

function parseObject(bytes: Uint8Array): JsonObject {
  const parsed = parse(textOf(bytes))
  if (isJsonObject(parsed)) return parsed
  const what = Array.isArray(parsed) ? 'an array' : parsed === null ? 'null' : `a ${typeof parsed}`
  throw new GatewayError('bad-request', `The body must be a JSON object, not ${what}`, {
    code: 'invalid_json',
  })
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (thrown) {
    const reason = thrown instanceof Error ? withoutText(thrown.message) : 'it could not be read'
    throw new GatewayError('bad-request', `The body is not valid JSON: ${reason}`, {
      code: 'invalid_json',
    })
  }
}

/** The parser's message without the body's own words, which may be long and private. */
const withoutText = (message: string): string =>
  message.replace(/, ?(?:\.\.\.)?".*$/s, '').replace(/ in JSON/, '')

function toLazyFields(bytes: Uint8Array, members: readonly Member[]): JsonObject {
  const fields = {}
  for (const { key, valueStart, valueEnd } of members) {
    Object.defineProperty(fields, key, {
      enumerable: true,
      configurable: true,
      get: () => {
        const value = parse(textOf(bytes, valueStart, valueEnd))
        Object.defineProperty(fields, key, { enumerable: true, value })
        return value
      },
    })
  }
  return fields
}
