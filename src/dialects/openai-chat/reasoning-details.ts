// `reasoning_details`: the list in which thought, its signature and encrypted thought come and must go
// back. Foreign state is shown in it as an envelope, so that it finds its way home.

import type { Origin } from '../../core/chat.ts'
import { isEnveloped, unwrapState, wrapState } from '../../core/envelope.ts'
import { isJsonObject, type Json, type JsonObject, toJsonArray } from '../../core/json.ts'
import { dialectId } from './names.ts'

/** One thought of the list. `origin.fields` keeps what else its entry said (`format`, `id`). */
export type Detail = {
  readonly text: string
  readonly signature?: string
  readonly redacted?: string
  readonly origin: Origin
  readonly index?: number
}

type Maker = Omit<Origin, 'dialect' | 'fields'>

const known: ReadonlySet<string> = new Set(['text', 'summary', 'data', 'signature', 'index'])
// The types that are told from the content; any other one must go back as it came.
const plainTypes: ReadonlySet<unknown> = new Set(['reasoning.text', 'reasoning.encrypted'])
const summaryType = 'reasoning.summary'

const textAt = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

function decodeDetail(entry: JsonObject, maker: Maker | undefined): Detail {
  const fields = Object.fromEntries(
    Object.entries(entry).filter(
      ([key, value]) =>
        value !== null && !known.has(key) && !(key === 'type' && plainTypes.has(value)),
    ),
  )
  const own: Origin = {
    dialect: dialectId,
    ...maker,
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
  }
  const signature = textAt(entry['signature'])
  const data = textAt(entry['data'])
  const state = signature || data
  const text = textAt(entry['text']) || textAt(entry['summary'])
  const index = entry['index']
  const place = typeof index === 'number' ? { index } : {}
  if (!maker && isEnveloped(state)) {
    const { origin = own, signature: signed, redacted, text: hidden } = unwrapState(state) ?? {}
    return {
      text: text || (hidden ?? ''),
      origin,
      ...place,
      ...(signed === undefined ? {} : { signature: signed }),
      ...(redacted === undefined ? {} : { redacted }),
    }
  }
  return {
    text,
    origin: own,
    ...place,
    ...(signature === '' ? {} : { signature }),
    ...(data === '' ? {} : { redacted: data }),
  }
}

/**
 * The entries of a `reasoning_details` list as they stand. `maker` is the place that just made them;
 * from a client, who keeps what it was shown, envelopes are opened.
 */
export const decodeDetails = (list: Json | undefined, maker?: Maker): readonly Detail[] =>
  toJsonArray(list)
    .filter(isJsonObject)
    .map((entry) => decodeDetail(entry, maker))

/** Clients send stream pieces back as they came: pieces of one thought are joined again. */
export function joinDetails(details: readonly Detail[]): readonly Detail[] {
  const joined: Detail[] = []
  for (const detail of details) {
    const before = joined.at(-1)
    const isPiece =
      before &&
      before.index === detail.index &&
      before.signature === undefined &&
      before.redacted === undefined &&
      detail.redacted === undefined
    if (!isPiece) {
      joined.push(detail)
      continue
    }
    // The piece with the signature knows best where the thought was made.
    const origin = detail.signature === undefined ? before.origin : detail.origin
    joined[joined.length - 1] = { ...before, ...detail, origin, text: before.text + detail.text }
  }
  return joined
}

type Writable = {
  readonly text?: string | undefined
  readonly signature?: string | undefined
  readonly redacted?: string | undefined
  readonly origin?: Origin | undefined
}

const withState = (state: { signature?: string; redacted?: string }, origin: Origin | undefined) =>
  origin !== undefined && origin.dialect === dialectId
    ? (state.signature ?? state.redacted ?? '')
    : wrapState(origin ? { origin, ...state } : state)

/** One entry as a client keeps it: state of this dialect as it came, foreign state in an envelope. */
export function encodeDetail(
  { text, signature, redacted, origin }: Writable,
  index: number,
): JsonObject {
  // Clients that check the list know this name for "made elsewhere".
  const own = origin?.dialect === dialectId ? origin.fields : { format: 'unknown' }
  if (redacted !== undefined)
    return {
      type: 'reasoning.encrypted',
      data: withState({ redacted }, origin),
      ...own,
      index,
    }
  const textField = own !== undefined && own['type'] === summaryType ? 'summary' : 'text'
  return {
    type: 'reasoning.text',
    ...(text === undefined ? {} : { [textField]: text }),
    ...(signature === undefined ? {} : { signature: withState({ signature }, origin) }),
    ...own,
    index,
  }
}
