// What the upstream said when it refused, ready to be searched.

import type { GatewayError } from '../../core/error.ts'

/** The upstream's answer as plain text, JSON's escaped quotes undone; our own message without one. */
export const upstreamWords = (error: GatewayError): string =>
  (error.upstream?.text ?? error.message).replaceAll('\\"', '"').replaceAll('\\n', '\n')

/** True when the upstream refused this very request, and in words of this kind. */
export const isRefusedFor = (error: GatewayError, words: RegExp): boolean =>
  error.kind === 'rejected' && words.test(upstreamWords(error))
