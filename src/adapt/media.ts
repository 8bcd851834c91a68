// Images, documents and sound for targets that take fewer kinds or fewer places of them. What a
// target cannot see is refused, not left out: another target may see it.

import type { Adaptation } from '../core/adaptation.ts'
import type { DialectId } from '../core/brand.ts'
import type {
  AssistantPart,
  AudioPart,
  ChatRequest,
  DocumentPart,
  ImagePart,
  TextPart,
  ToolResultPart,
  Turn,
  UserPart,
} from '../core/chat.ts'
import { GatewayError } from '../core/error.ts'
import type { Losses } from '../core/loss.ts'
import type { Profile } from '../core/profile.ts'
import { mapList, mapParts, noLosses, withTurns } from './rewrite.ts'

type Media = ImagePart | DocumentPart | AudioPart
type Can = Profile['parts']

export const media: Adaptation = {
  name: 'media',
  applies: (request, { profile: { parts: can }, target: { dialect } }) =>
    userMedia(request).some((part) => refusal(part, can, dialect) !== undefined) ||
    rewrite(request, can, dialect, noLosses) !== request,
  request: (request, { profile: { parts: can }, target: { dialect }, losses }) => {
    for (const part of userMedia(request)) {
      const reason = refusal(part, can, dialect)
      if (reason) throw new GatewayError('unsupported', reason, { param: 'messages' })
    }
    return { request: rewrite(request, can, dialect, losses) }
  },
}

const isMedia = (part: { readonly type: string }): part is Media =>
  part.type === 'image' || part.type === 'document' || part.type === 'audio'

const userMedia = ({ turns }: ChatRequest): readonly Media[] =>
  turns.flatMap((turn) =>
    turn.role === 'user'
      ? turn.parts
          .flatMap((part): readonly { type: string }[] =>
            part.type === 'tool-result' ? part.content : [part],
          )
          .filter(isMedia)
      : [],
  )

/** Why the target cannot take the part, as a sentence for the client; undefined when it can. */
function refusal(part: Media, can: Can, dialect: DialectId): string | undefined {
  const { source } = part
  const { kind } = source
  if (source.kind === 'file' && source.dialect !== undefined && source.dialect !== dialect)
    return `The file "${source.id}" is unsupported here: it was uploaded to another place, which this model cannot read; send the file itself as base64 data`
  switch (part.type) {
    case 'image':
      if (!can.imageUrl && !can.imageData)
        return 'The model cannot see images; send text only or choose a model with vision'
      if (kind === 'url' && !can.imageUrl)
        return 'The model takes no images by URL; send the image itself as base64 data'
      if (kind === 'base64' && !can.imageData)
        return 'The model takes images by URL only; send an https address in place of the data'
      return undefined
    case 'document':
      if (kind === 'text') return undefined
      if (!can.documents)
        return 'The model cannot read documents; send their text or choose a model that can'
      if (kind === 'url' && !can.documentUrl)
        return 'The model takes no documents by URL; send the document itself as base64 data'
      return undefined
    case 'audio':
      return can.audio
        ? undefined
        : 'The model cannot hear audio; send a transcript or choose a model that can'
    default:
      return part satisfies never
  }
}

function rewrite(request: ChatRequest, can: Can, dialect: DialectId, losses: Losses): ChatRequest {
  const readable = mapParts(request.turns, {
    user: (part) =>
      part.type === 'tool-result'
        ? readableResult(part, can, losses)
        : readableText(part, can, losses),
    assistant: (part) => withoutUnknown(part, can, dialect, losses),
  })
  if (can.toolResultImages) return withTurns(request, readable)
  const count = { moved: 0 }
  return withTurns(
    request,
    mapList(readable, (turn) => moved(turn, count, losses)),
  )
}

/** A document that is text anyway may be told as text. */
function readableText<P extends UserPart>(part: P, can: Can, losses: Losses): P | TextPart {
  if (part.type !== 'document' || part.source.kind !== 'text' || can.documents) return part
  const { title, context, source, cache, hasCitations } = part
  losses.add('emulated', 'document', 'The model reads no documents: the text stands in the message')
  if (hasCitations)
    losses.add('dropped', 'citations', 'The model reads no documents, so it cites none')
  const head = title ? `<document title="${title}">` : '<document>'
  const text = [head, ...(context ? [context] : []), source.text, '</document>'].join('\n')
  return { type: 'text', text, ...(cache ? { cache } : {}) }
}

function readableResult(part: ToolResultPart, can: Can, losses: Losses): ToolResultPart {
  const content = mapList(part.content, (inner) => readableText(inner, can, losses))
  return content === part.content ? part : { ...part, content }
}

/** What the model itself once drew or said is only history: leaving it out beats refusing. */
function withoutUnknown(
  part: AssistantPart,
  can: Can,
  dialect: DialectId,
  losses: Losses,
): AssistantPart | undefined {
  if (!isMedia(part) || !refusal(part, can, dialect)) return part
  losses.add('dropped', part.type, `The model takes no ${part.type} that an assistant made before`)
  return undefined
}

/** Media that is no text: a document of text is told where it stands. */
const isSeen = (part: { readonly type: string }): part is ImagePart | DocumentPart =>
  isMedia(part) && part.source.kind !== 'text'

/** The turn with images and documents of tool results after the results, each with a note. */
function moved(turn: Turn, count: { moved: number }, losses: Losses): Turn {
  if (turn.role !== 'user') return turn
  const shown: UserPart[] = []
  const parts = mapList<UserPart>(turn.parts, (part) => {
    if (part.type !== 'tool-result' || !part.content.some(isSeen)) return part
    const content = part.content.map((inner) => {
      if (!isSeen(inner)) return inner
      count.moved += 1
      losses.add(
        'changed',
        `tool_result_${inner.type}`,
        `Tool results hold only text here: the ${inner.type} follows in the user message`,
      )
      const label = `[${inner.type} ${count.moved} of the tool results]`
      shown.push({ type: 'text', text: `${label}:` }, inner)
      return { type: 'text' as const, text: `${label}: see the user message below` }
    })
    return { ...part, content }
  })
  if (parts === turn.parts) return turn
  const last = parts.findLastIndex(({ type }) => type === 'tool-result')
  return { ...turn, parts: [...parts.slice(0, last + 1), ...shown, ...parts.slice(last + 1)] }
}
