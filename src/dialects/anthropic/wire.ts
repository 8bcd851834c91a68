// What the encoding of a request shares: blocks under construction, and the cache marks on them,
// of which a target takes only so many.

import type { CacheMark, Extensions } from '../../core/chat.ts'
import { carryExtensions } from '../../core/extensions.ts'
import { isJsonObject, type Json, type JsonObject, omit } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'
import type { Profile } from '../../core/profile.ts'
import { dialectId } from './names.ts'

/** An object on its way to the wire. */
export type Wire = { [key: string]: Json | undefined }

export type EncodeTools = {
  readonly profile: Profile
  readonly losses: Losses
  readonly marks: CacheMarks
}

/** The blocks of those members that have one. */
export function mapBlocks<T>(
  members: readonly T[],
  encode: (member: T) => Wire | undefined,
): readonly Wire[] {
  const blocks: Wire[] = []
  for (const member of members) {
    const block = encode(member)
    if (block) blocks.push(block)
  }
  return blocks
}

type Marked = { readonly cache?: CacheMark; readonly extensions?: Extensions }

export type CacheMarks = {
  /** Puts the part's mark on its block. Blocks come in the order of the prompt: tools, system, messages. */
  put(block: Wire, part: Marked): Wire
  /** Takes marks off, the earliest first, until at most `limit` are left. */
  trim(limit: number): void
}

export function createCacheMarks(losses: Losses): CacheMarks {
  const marked: Wire[] = []
  return {
    put: (block, { cache, extensions }) => {
      if (!cache) return block
      const own = extensions?.dialect === dialectId ? extensions.fields['cache_control'] : undefined
      block['cache_control'] = isJsonObject(own) ? own : { type: 'ephemeral', ...cache }
      marked.push(block)
      return block
    },
    trim: (limit) => {
      for (const block of marked.splice(0, Math.max(0, marked.length - limit))) {
        delete block['cache_control']
        losses.add(
          'dropped',
          'cache_control',
          `Only ${limit} cache marks are taken; the last ones were kept`,
        )
      }
    },
  }
}

const cacheKeys = new Set(['cache_control'])

/** The extensions of a part for its block; cache marks have their own way. */
export const carry = (part: Marked, losses: Losses): JsonObject =>
  omit(carryExtensions(part.extensions, dialectId, losses), cacheKeys)
