// The few ways in which places want to be shown a key.

import type { Authorize } from '../core/provider.ts'

/** `Authorization: Bearer …` */
export const bearer: Authorize = (key) => ({ authorization: `Bearer ${key.reveal()}` })

/** The key alone in a header of the place's own, e.g. `x-api-key`. */
export const keyHeader =
  (name: string): Authorize =>
  (key) => ({ [name]: key.reveal() })

/** Bearer, or `x-api-key` for requests of the dialect that always bears an `anthropic-version`. */
export const bearerOrKeyHeader: Authorize = (key, request) =>
  request.headers['anthropic-version'] === undefined
    ? { authorization: `Bearer ${key.reveal()}` }
    : { 'x-api-key': key.reveal() }
