// Writes events as `chat.completion.chunk` frames. The per-token path joins prepared text around the
// one string that changes.

import type { Citation, Finish, Origin } from '../../core/chat.ts'
import type { EmitFrame, EncodeContext, Encoder } from '../../core/dialect.ts'
import type { ChatEvent, PartDelta, PartStart } from '../../core/events.ts'
import type { JsonObject } from '../../core/json.ts'
import { mergeUsage, type Usage } from '../../core/usage.ts'
import { type MessageState, readState } from './message-state.ts'
import { ownFieldsOf } from './names.ts'
import { encodeDetail } from './reasoning-details.ts'
import {
  encodeCitation,
  encodeFinish,
  encodeImage,
  encodeOpaque,
  encodeShownUsage,
  loseAudio,
} from './response.ts'

type ChoiceState = {
  isBegun: boolean
  /** Calls and thoughts are counted on their own, whatever else stands between them. */
  tools: number
  thoughts: number
  images: number
  textLength: number
  hasRefusal: boolean
  /** Calls whose own fields stood in their first piece. */
  readonly toldCalls: Set<number>
}

type PartState = {
  readonly choice: number
  readonly type: PartStart['type']
  /** The frame around a piece of text: before it, and after it. */
  readonly before: string
  readonly after: string
  /** Between the two places a thought with proof is written in. */
  readonly between: string | undefined
  readonly origin: Origin | undefined
  /** The number of the call or thought in its choice. */
  readonly number: number
  readonly textStart: number
  /** Told at the part's end: only then is it known how far the cited text goes. */
  readonly citations: Citation[]
}

type Start = Extract<ChatEvent, { type: 'part-start' }>

const isScalar = (value: JsonObject[string]): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

export function createEncoder(context: EncodeContext, emit: EmitFrame): Encoder {
  const { asked, losses } = context
  const hidesThought = asked.reasoning?.isShown === false
  const tail = asked.wantsStreamUsage ? ',"usage":null}' : '}'
  const choices = new Map<number, ChoiceState>()
  const parts = new Map<number, PartState>()
  const finishes: (Finish & { readonly choice: number })[] = []
  let head = ''
  let endFields: JsonObject = {}
  let usage: Usage | undefined

  const begin = (event: Extract<ChatEvent, { type: 'response-start' }>): void => {
    const fields = Object.entries(ownFieldsOf(event.extensions))
    const opening = {
      id: event.id,
      object: 'chat.completion.chunk',
      created: event.createdAt ?? context.now(),
      model: event.model,
      ...Object.fromEntries(fields.filter(([, value]) => isScalar(value))),
    }
    endFields = Object.fromEntries(fields.filter(([, value]) => !isScalar(value)))
    head = `${JSON.stringify(opening).slice(0, -1)},"choices":[`
  }

  const before = (choice: number): string => `${head}{"index":${choice},"delta":`
  const after = (logprobs: string, finish: string): string =>
    `,"logprobs":${logprobs},"finish_reason":${finish}}]${tail}`
  const afterDelta = after('null', 'null')

  const send = (choice: number, delta: string): void =>
    emit({ data: before(choice) + delta + afterDelta })

  const stateOf = (choice: number): ChoiceState => {
    const known = choices.get(choice)
    if (known) return known
    const fresh = {
      isBegun: false,
      tools: 0,
      thoughts: 0,
      images: 0,
      textLength: 0,
      hasRefusal: false,
      toldCalls: new Set<number>(),
    }
    choices.set(choice, fresh)
    return fresh
  }

  /** The first chunk of a choice says who speaks. */
  const open = (choice: number, content: '""' | 'null'): ChoiceState => {
    const state = stateOf(choice)
    if (!state.isBegun) send(choice, `{"role":"assistant","content":${content},"refusal":null}`)
    state.isBegun = true
    return state
  }

  const remember = (
    { index, choice, part }: Start,
    pieces: {
      before?: string
      after?: string
      between?: string
      origin?: Origin | undefined
      number?: number
      textStart?: number
    },
  ): void => {
    parts.set(index, {
      choice,
      type: part.type,
      before: before(choice) + (pieces.before ?? ''),
      after: (pieces.after ?? '') + afterDelta,
      between: pieces.between,
      origin: pieces.origin,
      number: pieces.number ?? 0,
      textStart: pieces.textStart ?? 0,
      citations: [],
    })
  }

  const startTool = (event: Start, part: Extract<PartStart, { type: 'tool-call' }>): void => {
    const choice = open(event.choice, 'null')
    const number = choice.tools++
    const own = JSON.stringify(ownFieldsOf(part.extensions)).slice(1, -1)
    if (own !== '') choice.toldCalls.add(number)
    const isCustom = part.kind === 'custom'
    const name = JSON.stringify(part.name)
    const content = isCustom
      ? `"type":"custom","custom":{"name":${name},"input":""}`
      : `"type":"function","function":{"name":${name},"arguments":""}`
    send(
      event.choice,
      `{"tool_calls":[{"index":${number},"id":${JSON.stringify(part.id)},${content}${own === '' ? '' : `,${own}`}}]}`,
    )
    const inner = isCustom ? '"custom":{"input":' : '"function":{"arguments":'
    remember(event, { before: `{"tool_calls":[{"index":${number},${inner}`, after: '}}]}', number })
  }

  /** State of calls that came too late to stand in their first pieces follows in another. */
  const sendState = (choice: number, { message, calls }: MessageState): void => {
    const { toldCalls } = open(choice, '""')
    const late = calls.flatMap((state, index) =>
      toldCalls.has(index) || Object.keys(state).length === 0
        ? []
        : [{ index, function: { arguments: '' }, ...state }],
    )
    const delta = { ...message, ...(late.length > 0 ? { tool_calls: late } : {}) }
    if (Object.keys(delta).length > 0) send(choice, JSON.stringify(delta))
  }

  const startReasoning = (event: Start, part: Extract<PartStart, { type: 'reasoning' }>): void => {
    const state = readState(part)
    if (state) return sendState(event.choice, state)
    if (hidesThought) return
    const number = open(event.choice, '""').thoughts++
    const { origin, redacted } = part
    if (redacted !== undefined) {
      const entry = encodeDetail({ redacted, origin }, number)
      return send(event.choice, JSON.stringify({ reasoning_details: [entry] }))
    }
    const entry = JSON.stringify(encodeDetail({ text: '', origin }, number))
    const place = entry.indexOf('""')
    const opening = entry.slice(0, place)
    const rest = entry.slice(place + 2)
    remember(event, {
      before: '{"reasoning_content":',
      number,
      origin,
      ...(origin
        ? { between: `,"reasoning_details":[${opening}`, after: `${rest}]}` }
        : { after: '}' }),
    })
  }

  const startImage = (event: Start, part: Extract<PartStart, { type: 'image' }>): void => {
    const state = open(event.choice, '""')
    const image = encodeImage(part, state.images, losses)
    if (!image) return
    state.images += 1
    send(event.choice, JSON.stringify({ images: [image] }))
  }

  const startPart = (event: Start): void => {
    const { part, choice } = event
    switch (part.type) {
      case 'text':
        return remember(event, {
          before: '{"content":',
          after: '}',
          textStart: open(choice, '""').textLength,
        })
      case 'refusal':
        open(choice, '""').hasRefusal = true
        return remember(event, { before: '{"refusal":', after: '}' })
      case 'reasoning':
        return startReasoning(event, part)
      case 'tool-call':
        return startTool(event, part)
      case 'image':
        return startImage(event, part)
      case 'audio':
        return loseAudio(losses)
      case 'opaque': {
        const fields = encodeOpaque(part, losses)
        if (Object.keys(fields).length === 0) return
        open(choice, '""')
        return send(choice, JSON.stringify(fields))
      }
      default:
        return part satisfies never
    }
  }

  const sendText = (part: PartState, piece: string): void => {
    const text = JSON.stringify(piece)
    if (part.type === 'text') stateOf(part.choice).textLength += piece.length
    const twice = part.between === undefined ? '' : part.between + text
    emit({ data: part.before + text + twice + part.after })
  }

  const sendRest = (part: PartState, delta: PartDelta): void => {
    const { citation, logprobs, signature } = delta
    if (citation) part.citations.push(citation)
    if (logprobs) {
      const told = JSON.stringify(
        part.type === 'refusal'
          ? { content: null, refusal: logprobs }
          : { content: logprobs, refusal: null },
      )
      emit({ data: `${before(part.choice)}{}${after(told, 'null')}` })
    }
    if (signature !== undefined) {
      const entry = encodeDetail({ signature, origin: part.origin }, part.number)
      send(part.choice, JSON.stringify({ reasoning_details: [entry] }))
    }
  }

  const endPart = (index: number): void => {
    const part = parts.get(index)
    if (!part) return
    parts.delete(index)
    const { choice, textStart, citations } = part
    for (const citation of citations) {
      const annotation = encodeCitation(citation, textStart, stateOf(choice).textLength, losses)
      if (annotation) send(choice, JSON.stringify({ annotations: [annotation] }))
    }
  }

  const sendDelta = (delta: PartDelta): void => {
    const part = parts.get(delta.index)
    if (!part) return
    const piece = delta.text ?? delta.arguments
    if (piece === undefined) sendRest(part, delta)
    else if (piece !== '') sendText(part, piece)
  }

  const sendFinish = (
    { choice, reason, extensions }: (typeof finishes)[number],
    more: JsonObject,
  ): void => {
    const { hasRefusal } = open(choice, '""')
    const own = JSON.stringify(ownFieldsOf(extensions)).slice(1, -1)
    const word = JSON.stringify(encodeFinish(reason, hasRefusal, losses))
    const fields = JSON.stringify(more).slice(1, -1)
    const choiceTail = own === '' ? '' : `,${own}`
    const chunkTail = fields === '' ? '' : `,${fields}`
    emit({
      data: `${before(choice)}{},"logprobs":null,"finish_reason":${word}${choiceTail}}]${chunkTail}${tail}`,
    })
  }

  // Ends are written together at the very end: an answer that fails after its finish must not look
  // complete.
  const finishAll = (extensions: JsonObject): void => {
    const more = { ...endFields, ...extensions }
    for (const [position, finish] of finishes.entries())
      sendFinish(finish, position === 0 ? more : {})
    const shown = asked.wantsStreamUsage ? encodeShownUsage(usage, context) : undefined
    if (shown) emit({ data: `${head}],"usage":${JSON.stringify(shown)}}` })
    emit({ data: '[DONE]' })
  }

  return {
    event: (event) => {
      switch (event.type) {
        case 'part-delta':
          return sendDelta(event)
        case 'part-start':
          return startPart(event)
        case 'part-end':
          return endPart(event.index)
        case 'response-start':
          return begin(event)
        case 'usage':
          usage = mergeUsage(usage, event.usage)
          return
        case 'finish': {
          finishes.push(event)
          return
        }
        case 'response-end':
          return finishAll(ownFieldsOf(event.extensions))
        default:
          return event satisfies never
      }
    },
  }
}
