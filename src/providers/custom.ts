// Any other place: the configuration says where it is and what it speaks.

import { type DialectId, providerId } from '../core/brand.ts'
import type { WireProvider } from '../core/provider.ts'
import { bearerOrKeyHeader } from './authorize.ts'

/** A place called `id` that speaks `dialects` at `base`; a key is shown only if there is one. */
export const createCustomProvider = (
  id: string,
  dialects: readonly DialectId[],
  base: string,
): WireProvider => ({
  kind: 'wire',
  id: providerId(id),
  label: id,
  defaultModel: '',
  faces: Object.fromEntries(dialects.map((dialect) => [dialect, { base }])),
  keyVariables: [],
  isKeyRequired: false,
  authorize: bearerOrKeyHeader,
})
