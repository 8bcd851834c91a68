// The content blocks of one streamed answer as parts, one open at a time. Servers that are not quite
// Anthropic's open blocks before the last one stopped, leave out stops or starts, or reuse indexes.

import type { Origin } from '../../core/chat.ts'
import type { DecodeContext } from '../../core/dialect.ts'
import type { Emit, PartStart } from '../../core/events.ts'
import {
  isJsonObject,
  type Json,
  type JsonObject,
  parseJson,
  toJsonArray,
} from '../../core/json.ts'
import { implied, toStart, wholeInput } from './block-start.ts'
import { decodeCitation } from './decode-blocks.ts'
import { dialectId } from './names.ts'
import { noteInexact } from './tool-input.ts'

export type Blocks = {
  start(index: number | undefined, block: JsonObject): void
  delta(index: number | undefined, delta: JsonObject): void
  stop(index: number | undefined): void
  /** Ends what is open or waits. */
  close(): void
  readonly hasToolCalls: boolean
}

type Block = {
  readonly raw: JsonObject
  readonly start: PartStart
  /** The part's number; -1 while it waits for another to end. */
  part: number
  isStopped: boolean
  isClosed: boolean
  /** Deltas that came while it waited. */
  readonly held: JsonObject[]
  arguments: string
  signature: string
}

export function createBlocks(context: DecodeContext, emit: Emit): Blocks {
  const { losses, target } = context
  const origin: Origin = { dialect: dialectId, provider: target.provider, model: target.model }
  const byIndex = new Map<number, Block>()
  const waiting: Block[] = []
  let open: Block | undefined
  let nextPart = 0

  const begin = (raw: JsonObject): Block => {
    const start = toStart(raw, origin, context)
    if (start.type === 'tool-call') blocks.hasToolCalls = true
    return {
      raw,
      start,
      part: -1,
      isStopped: false,
      isClosed: false,
      held: [],
      arguments: '',
      signature: '',
    }
  }

  const text = (block: Block, value: Json | undefined): void => {
    if (typeof value === 'string' && value !== '')
      emit({ type: 'part-delta', index: block.part, text: value })
  }

  const openBlock = (block: Block): void => {
    open = block
    block.part = nextPart
    nextPart += 1
    emit({ type: 'part-start', index: block.part, choice: 0, part: block.start })
    const { raw } = block
    if (block.start.type === 'text') {
      text(block, raw['text'])
      for (const citation of toJsonArray(raw['citations'])) cite(block, citation)
    } else if (block.start.type === 'reasoning') {
      text(block, raw['thinking'])
      if (typeof raw['signature'] === 'string') block.signature = raw['signature']
    }
    for (const delta of block.held) deliver(block, delta)
  }

  const cite = (block: Block, citation: Json | undefined): void => {
    if (isJsonObject(citation))
      emit({ type: 'part-delta', index: block.part, citation: decodeCitation(citation) })
  }

  const closeBlock = (block: Block): void => {
    if (block.start.type === 'tool-call' && block.arguments === '') {
      noteInexact(block.raw['input'], block.start.name, losses)
      emit({ type: 'part-delta', index: block.part, arguments: wholeInput(block.raw) })
    }
    if (block.signature !== '')
      emit({ type: 'part-delta', index: block.part, signature: block.signature })
    emit({ type: 'part-end', index: block.part })
    block.isClosed = true
    if (open === block) open = undefined
  }

  const openNext = (): void => {
    while (!open) {
      const next = waiting.shift()
      if (!next) return
      openBlock(next)
      // What it held may have ended it already.
      const mayEnd = next.isStopped || (waiting.length > 0 && canEnd(next))
      if (open === next && mayEnd) closeBlock(next)
    }
  }

  const add = (block: Block): void => {
    if (open && canEnd(open)) closeBlock(open)
    waiting.push(block)
    openNext()
  }

  /** A delta of a kind its block does not take: a new block of the fitting kind, or nothing. */
  const misplaced = (delta: JsonObject): void => {
    const raw = implied(delta)
    if (!raw) {
      if (delta['partial_json'])
        losses.add('dropped', 'partial_json', 'A piece of arguments that belongs to no open call')
      return
    }
    const last = waiting.at(-1)
    if (last && last.start.type === raw['part']) {
      last.held.push(delta)
      return
    }
    const block = begin(raw)
    block.held.push(delta)
    add(block)
  }

  const apply = (block: Block, delta: JsonObject): void => {
    const { type } = block.start
    if (type === 'opaque') {
      emit({ type: 'part-delta', index: block.part, data: delta })
      return
    }
    switch (delta['type']) {
      case 'text_delta':
        return type === 'text' ? text(block, delta['text']) : misplaced(delta)
      case 'thinking_delta':
        return type === 'reasoning' ? text(block, delta['thinking']) : misplaced(delta)
      case 'signature_delta':
        // Official clients keep the last one.
        if (type === 'reasoning' && typeof delta['signature'] === 'string')
          block.signature = delta['signature']
        return
      case 'citations_delta':
        if (type === 'text') cite(block, delta['citation'])
        return
      case 'input_json_delta': {
        const piece = delta['partial_json']
        if (type !== 'tool-call' || typeof piece !== 'string' || piece === '') return
        block.arguments += piece
        emit({ type: 'part-delta', index: block.part, arguments: piece })
        return
      }
      default:
        losses.add('dropped', String(delta['type']), 'A piece of the answer of an unknown kind')
    }
  }

  const deliver = (block: Block | undefined, delta: JsonObject): void => {
    if (block && block === open) apply(block, delta)
    else if (block && !block.isClosed) block.held.push(delta)
    else if (open && open.start.type === implied(delta)?.['part']) apply(open, delta)
    else misplaced(delta)
  }

  const blocks: { -readonly [Field in keyof Blocks]: Blocks[Field] } = {
    hasToolCalls: false,
    start: (index, raw) => {
      const before = index === undefined ? undefined : byIndex.get(index)
      if (before) stopBlock(before)
      const block = begin(raw)
      if (index !== undefined) byIndex.set(index, block)
      add(block)
    },
    delta: (index, delta) => {
      deliver(index === undefined ? open : byIndex.get(index), delta)
    },
    stop: (index) => {
      const block = index === undefined ? open : byIndex.get(index)
      if (block) stopBlock(block)
    },
    close: () => {
      for (;;) {
        if (open) closeBlock(open)
        if (waiting.length === 0) return
        openNext()
      }
    },
  }

  function stopBlock(block: Block): void {
    block.isStopped = true
    if (block !== open) return
    closeBlock(block)
    openNext()
  }
  return blocks
}

/** True when nothing more can belong to the block, or what comes can stand in a block of its own. */
const canEnd = ({ start, isStopped, arguments: written }: Block): boolean =>
  isStopped ||
  start.type !== 'tool-call' ||
  (written.trim() !== '' && parseJson(written) !== undefined)
