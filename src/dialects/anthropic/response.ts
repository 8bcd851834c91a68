// What streamed and whole answers to a client of this dialect have in common, and whole answers.

import type { AssistantPart, ChatResponse, Citation, Finish, Origin } from '../../core/chat.ts'
import type { EncodeContext } from '../../core/dialect.ts'
import { type EnvelopedState, wrapState } from '../../core/envelope.ts'
import { estimateTextTokens } from '../../core/estimate.ts'
import { type JsonObject, omit, toJsonObject } from '../../core/json.ts'
import type { Losses } from '../../core/loss.ts'
import { dialectId, reasonOf, stopReasonOf } from './names.ts'
import { foldBlock } from './opaque.ts'
import { toToolInput } from './tool-input.ts'
import { completeUsage, encodeUsage, estimatedFields } from './usage.ts'

/** The extensions' fields where they are this dialect's own; others say nothing to its clients. */
export const ownFieldsOf = (
  extensions: { readonly dialect: string; readonly fields: JsonObject } | undefined,
): JsonObject => (extensions?.dialect === dialectId ? extensions.fields : {})

/** True for thought made by a target of this dialect, or by who knows whom with a signature of its own. */
export const isNative = (origin: Origin | undefined): boolean =>
  origin === undefined || origin.dialect === dialectId

/**
 * What proves a thought when the client sends it back: its own signature, or an envelope for what
 * this dialect cannot say. Official clients drop thinking blocks that have none.
 */
export function encodeSignature({ origin, ...state }: EnvelopedState): string {
  if (state.signature !== undefined && isNative(origin)) return state.signature
  return wrapState({ ...(origin ? { origin } : {}), ...state })
}

export type Ending = {
  readonly finish: Finish | undefined
  readonly hasToolCalls: boolean
  /** The words of a refusal, if the answer holds one. */
  readonly refusal: string | undefined
}

/** `stop_reason` and what belongs to it. */
export function encodeStopReason(
  { finish, hasToolCalls, refusal }: Ending,
  losses: Losses,
): JsonObject {
  const reason = finish?.reason ?? 'stop'
  if (reason === 'malformed-call')
    losses.add('changed', 'stop_reason', 'The model wrote a call it could not finish')
  const word = stopReason(finish, hasToolCalls, refusal !== undefined)
  const details = ownFieldsOf(finish?.extensions)['stop_details']
  const own =
    word === 'refusal' ? { type: 'refusal', category: null, explanation: refusal || null } : null
  return {
    stop_reason: word,
    stop_sequence: finish?.stopSequence ?? null,
    stop_details: details ?? own,
  }
}

function stopReason(finish: Finish | undefined, hasToolCalls: boolean, isRefusal: boolean): string {
  const { reason, raw } = finish ?? { reason: 'stop' as const, raw: undefined }
  if (reason === 'stop' && hasToolCalls) return stopReasonOf['tool-calls']
  // Clients would wait for a call to run; there is none.
  if (reason === 'tool-calls' && !hasToolCalls) return stopReasonOf.stop
  if (reason === 'stop' && isRefusal) return stopReasonOf.refusal
  return raw !== undefined && reasonOf[raw] === reason ? raw : stopReasonOf[reason]
}

/** A citation for this dialect's clients; undefined where there is nothing to point at. */
export function encodeCitation(citation: Citation, losses: Losses): JsonObject | undefined {
  const { raw, url, title, text } = citation
  if (raw?.dialect === dialectId) return raw.fields
  if (url === undefined) {
    losses.add('dropped', 'citations', 'A citation without an address has no form in this dialect')
    return undefined
  }
  return {
    type: 'web_search_result_location',
    url,
    // The API itself may say null here, but clients that check every field want a text.
    title: title ?? url,
    cited_text: text ?? '',
    // No provider could read it; the envelope tells our decoder to leave it out.
    encrypted_index: wrapState({}),
  }
}

/** Notes the numbers that are guesses. */
export function noteEstimates(fields: readonly string[], losses: Losses): void {
  for (const field of fields) losses.add('estimated', field, 'The provider did not say the number')
}

/** Extensions that stand in a message's `usage` and delta rather than in the message itself. */
const mergedKeys = new Set(['usage', 'stop_details'])

/** A whole `message`. Throws nothing: what has no form here is a loss. */
export function encodeMessage(response: ChatResponse, context: EncodeContext): JsonObject {
  const { asked, losses, createId } = context
  const [choice, ...others] = response.choices
  if (others.length > 0) losses.add('dropped', 'choices', 'This dialect shows one answer')
  const parts = choice?.parts ?? []
  const start = ownFieldsOf(response.extensions)
  const end = ownFieldsOf(choice?.finish?.extensions)
  const usage = completeUsage(response.usage, context.estimateInput, () => estimateOutput(parts))
  noteEstimates(estimatedFields(usage), losses)
  const refusals = parts.filter((part) => part.type === 'refusal').map(({ text }) => text)
  return {
    id: response.id === '' ? createId('msg') : response.id,
    type: 'message',
    role: 'assistant',
    model: response.model === '' ? asked.model : response.model,
    content: parts.flatMap((part) => encodePart(part, context) ?? []),
    ...encodeStopReason(
      {
        finish: choice?.finish,
        hasToolCalls: parts.some(({ type }) => type === 'tool-call'),
        refusal: refusals.length > 0 ? refusals.join('') : undefined,
      },
      losses,
    ),
    ...omit(start, mergedKeys),
    ...omit(end, mergedKeys),
    usage: encodeUsage(usage, {
      ...toJsonObject(start['usage']),
      ...toJsonObject(end['usage']),
    }),
  }
}

const estimateOutput = (parts: readonly AssistantPart[]): number =>
  parts.reduce((total, part) => total + estimateTextTokens(textOf(part)), 0)

function textOf(part: AssistantPart): string {
  if (part.type === 'tool-call') return part.arguments
  return 'text' in part ? part.text : ''
}

function encodePart(
  part: AssistantPart,
  context: EncodeContext,
): readonly JsonObject[] | undefined {
  const { losses, createId } = context
  switch (part.type) {
    case 'text':
      return encodeTextPart(part, losses)
    case 'refusal':
      return part.text === '' ? undefined : [{ type: 'text', text: part.text }]
    case 'reasoning':
      return [encodeThought(part, context)]
    case 'tool-call':
      return [
        {
          type: 'tool_use',
          id: part.id === '' ? createId('toolu') : part.id,
          name: part.name,
          input: toToolInput(part, losses),
          ...ownFieldsOf(part.extensions),
        },
      ]
    case 'opaque':
      if (part.dialect === dialectId) return [foldBlock(part.raw, part.deltas)]
      noteDropped(part, losses)
      return undefined
    case 'image':
    case 'audio':
      noteDropped(part, losses)
      return undefined
    default:
      return part satisfies never
  }
}

/** Clients send empty text blocks back, which is refused: there are none. */
function encodeTextPart(
  part: AssistantPart & { type: 'text' },
  losses: Losses,
): readonly JsonObject[] | undefined {
  const citations: JsonObject[] = []
  for (const citation of part.citations ?? []) {
    const wire = encodeCitation(citation, losses)
    if (wire) citations.push(wire)
  }
  if (part.text === '' && citations.length === 0) return undefined
  return [{ type: 'text', text: part.text, ...(citations.length > 0 ? { citations } : {}) }]
}

/** Notes a part that has no form in this dialect's answers. */
export function noteDropped(
  part: { readonly type: string; readonly raw?: JsonObject },
  losses: Losses,
): void {
  const { type: own } = part.raw ?? {}
  const [field] = Object.keys(part.raw ?? {})
  const type = typeof own === 'string' ? own : (field ?? part.type)
  losses.add('dropped', type, `Answers of this dialect cannot hold "${type}"`)
}

/** True when the client wants proof of thought but not the thought itself. */
export const hidesThought = ({ asked }: EncodeContext): boolean =>
  asked.reasoning?.isShown === false

function encodeThought(
  part: AssistantPart & { type: 'reasoning' },
  context: EncodeContext,
): JsonObject {
  const { text, signature, redacted, origin } = part
  if (redacted !== undefined && isNative(origin))
    return { type: 'redacted_thinking', data: redacted }
  const isHidden = hidesThought(context) && !(signature !== undefined && isNative(origin))
  return {
    type: 'thinking',
    thinking: isHidden ? '' : text,
    signature: encodeSignature({
      ...(origin ? { origin } : {}),
      ...(signature === undefined ? {} : { signature }),
      ...(redacted === undefined ? {} : { redacted }),
      ...(isHidden && text !== '' ? { text } : {}),
    }),
  }
}
