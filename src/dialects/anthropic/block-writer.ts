// Writes the parts of a streamed answer as content blocks, numbered from 0, one open at a time. Pieces
// of text and arguments are written without building objects: they are the hot path.

import type { Citation, Origin } from '../../core/chat.ts'
import type { EncodeContext } from '../../core/dialect.ts'
import type { ChatEvent, PartDelta, PartStart } from '../../core/events.ts'
import type { JsonObject } from '../../core/json.ts'
import { dialectId } from './names.ts'
import { splitInput } from './opaque.ts'
import {
  encodeCitation,
  encodeSignature,
  hidesThought,
  isNative,
  noteDropped,
  ownFieldsOf,
} from './response.ts'
import { toToolInput } from './tool-input.ts'

export type BlockWriter = {
  start(event: Extract<ChatEvent, { type: 'part-start' }>): void
  delta(delta: PartDelta): void
  end(index: number): void
  /** Ends what is still open. */
  close(): void
  readonly hasToolCalls: boolean
  /** The words of a refusal, if the answer holds one. */
  readonly refusal: string | undefined
}

type Open = {
  /** The part's number; blocks have their own. */
  readonly part: number
  readonly kind: 'text' | 'refusal' | 'thinking' | 'redacted' | 'function' | 'custom' | 'opaque'
  /** Text blocks are not written before they have text: clients send empty ones back, which is refused. */
  isWritten: boolean
  readonly origin: Origin | undefined
  readonly redacted: string | undefined
  signature: string | undefined
  hiddenText: string
  readonly name: string
  /** Arguments not shown yet: only those of an object may be, and the first sign tells. */
  heldInput: string
  isObject: boolean
}

export function createBlockWriter(
  context: EncodeContext,
  write: (event: string, text: string) => void,
): BlockWriter {
  const { losses, createId } = context
  const isHidingThought = hidesThought(context)
  let open: Open | undefined
  let index = 0

  const writeStart = (block: JsonObject): void =>
    write(
      'content_block_start',
      `{"type":"content_block_start","index":${index},"content_block":${JSON.stringify(block)}}`,
    )

  /** `delta` is JSON already. */
  const writeDelta = (delta: string): void =>
    write('content_block_delta', `{"type":"content_block_delta","index":${index},"delta":${delta}}`)

  const openText = (block: Open): void => {
    if (block.isWritten) return
    block.isWritten = true
    writeStart({ type: 'text', text: '' })
  }

  const begin = (part: number, kind: Open['kind'], start: PartStart, block?: JsonObject): void => {
    const isThought = start.type === 'reasoning'
    open = {
      part,
      kind,
      isWritten: block !== undefined,
      origin: isThought ? start.origin : undefined,
      redacted: isThought ? start.redacted : undefined,
      signature: undefined,
      hiddenText: '',
      name: start.type === 'tool-call' ? start.name : '',
      heldInput: '',
      isObject: false,
    }
    if (block) writeStart(block)
  }

  const startPart = (part: number, start: PartStart): void => {
    switch (start.type) {
      case 'text':
        return begin(part, 'text', start)
      case 'refusal':
        writer.refusal ??= ''
        return begin(part, 'refusal', start)
      case 'reasoning':
        if (start.redacted !== undefined && isNative(start.origin))
          return begin(part, 'redacted', start, { type: 'redacted_thinking', data: start.redacted })
        return begin(part, 'thinking', start, { type: 'thinking', thinking: '', signature: '' })
      case 'tool-call':
        writer.hasToolCalls = true
        begin(part, start.kind, start, {
          type: 'tool_use',
          id: start.id === '' ? createId('toolu') : start.id,
          name: start.name,
          input: {},
          ...ownFieldsOf(start.extensions),
        })
        if (start.kind === 'custom') writeInput('{"input":"')
        return
      case 'opaque': {
        if (start.dialect !== dialectId) return noteDropped(start, losses)
        const { start: block, piece } = splitInput(start.raw)
        begin(part, 'opaque', start, block)
        if (piece) writeDelta(JSON.stringify(piece))
        return
      }
      case 'image':
      case 'audio':
        return noteDropped(start, losses)
      default:
        return start satisfies never
    }
  }

  const writeInput = (piece: string): void =>
    writeDelta(`{"type":"input_json_delta","partial_json":${JSON.stringify(piece)}}`)

  const writeArguments = (block: Open, piece: string): void => {
    if (block.isObject) return writeInput(piece)
    block.heldInput += piece
    if (!block.heldInput.trimStart().startsWith('{')) return
    block.isObject = true
    writeInput(block.heldInput)
  }

  /** What turned out to be no object is written as one at the end. */
  const writeHeldInput = ({ name, heldInput }: Open): void => {
    if (heldInput === '') return
    const call = { name, kind: 'function', arguments: heldInput } as const
    writeInput(JSON.stringify(toToolInput(call, losses)))
  }

  const writeText = (block: Open, text: string): void => {
    if (text === '') return
    if (block.kind === 'thinking') {
      if (isHidingThought) block.hiddenText += text
      else writeDelta(`{"type":"thinking_delta","thinking":${JSON.stringify(text)}}`)
      return
    }
    if (block.kind === 'refusal') writer.refusal = (writer.refusal ?? '') + text
    openText(block)
    writeDelta(`{"type":"text_delta","text":${JSON.stringify(text)}}`)
  }

  const writeCitation = (block: Open, citation: Citation): void => {
    const wire = encodeCitation(citation, losses)
    if (!wire) return
    openText(block)
    writeDelta(JSON.stringify({ type: 'citations_delta', citation: wire }))
  }

  const writeSignature = (block: Open): void => {
    const { origin, signature, redacted, hiddenText } = block
    const isOwn = signature !== undefined && isNative(origin)
    // Signed thought belongs with its text: a target of this dialect hid what was to be hidden itself.
    if (isOwn && hiddenText !== '')
      writeDelta(`{"type":"thinking_delta","thinking":${JSON.stringify(hiddenText)}}`)
    const proof = encodeSignature({
      ...(origin ? { origin } : {}),
      ...(signature === undefined ? {} : { signature }),
      ...(redacted === undefined ? {} : { redacted }),
      ...(hiddenText !== '' && !isOwn ? { text: hiddenText } : {}),
    })
    writeDelta(JSON.stringify({ type: 'signature_delta', signature: proof }))
  }

  const close = (): void => {
    if (!open) return
    if (open.kind === 'custom') writeInput('"}')
    if (open.kind === 'function' && !open.isObject) writeHeldInput(open)
    if (open.kind === 'thinking') writeSignature(open)
    if (open.isWritten) {
      write('content_block_stop', `{"type":"content_block_stop","index":${index}}`)
      index += 1
    }
    open = undefined
  }

  const writer: { -readonly [Field in keyof BlockWriter]: BlockWriter[Field] } = {
    hasToolCalls: false,
    refusal: undefined,
    start: ({ index: part, choice, part: start }) => {
      if (choice !== 0) return losses.add('dropped', 'choices', 'This dialect shows one answer')
      close()
      startPart(part, start)
    },
    delta: (delta) => {
      if (!open || delta.index !== open.part) return
      if (delta.text !== undefined) writeText(open, delta.text)
      else if (delta.arguments !== undefined) {
        if (open.kind === 'custom') writeInput(JSON.stringify(delta.arguments).slice(1, -1))
        else writeArguments(open, delta.arguments)
      } else if (delta.signature !== undefined)
        open.signature = (open.signature ?? '') + delta.signature
      else if (delta.citation) writeCitation(open, delta.citation)
      else if (delta.data) writeDelta(JSON.stringify(delta.data))
    },
    end: (part) => {
      if (open?.part === part) close()
    },
    close,
  }
  return writer
}
