// Adds events up to the whole answer they describe.

import type { AssistantPart, ChatResponse, Choice, Citation, Extensions, Finish } from './chat.ts'
import type { ChatEvent, PartDelta, PartStart } from './events.ts'
import type { JsonObject } from './json.ts'
import { mergeUsage, type Usage } from './usage.ts'

export type Collector = {
  push(event: ChatEvent): void
  /** The answer so far; whole after `response-end`. */
  response(): ChatResponse
}

type Growing = {
  readonly choice: number
  readonly start: PartStart
  text: string
  signature: string | undefined
  readonly citations: Citation[]
  readonly logprobs: JsonObject[]
  readonly deltas: JsonObject[]
}

export function createCollector(): Collector {
  const parts = new Map<number, Growing>()
  const finishes = new Map<number, Finish>()
  let head: { id: string; model: string; createdAt?: number } = { id: '', model: '' }
  let usage: Usage | undefined
  let extensions: Extensions | undefined

  const merge = (more: Extensions | undefined): void => {
    if (!more) return
    extensions = extensions
      ? { dialect: more.dialect, fields: { ...extensions.fields, ...more.fields } }
      : more
  }

  return {
    push: (event) => {
      switch (event.type) {
        case 'response-start': {
          head = {
            id: event.id,
            model: event.model,
            ...(event.createdAt === undefined ? {} : { createdAt: event.createdAt }),
          }
          return merge(event.extensions)
        }
        case 'part-start':
          parts.set(event.index, {
            choice: event.choice,
            start: event.part,
            text: '',
            signature: undefined,
            citations: [],
            logprobs: [],
            deltas: [],
          })
          return
        case 'part-delta':
          return grow(parts.get(event.index), event)
        case 'part-end':
          return
        case 'usage':
          usage = mergeUsage(usage, event.usage)
          return
        case 'finish': {
          const { type: _type, choice, ...finish } = event
          finishes.set(choice, finish)
          return
        }
        case 'response-end':
          return merge(event.extensions)
        case 'error':
          return
        default:
          return event satisfies never
      }
    },
    response: () => ({
      ...head,
      choices: toChoices(parts, finishes),
      ...(usage ? { usage } : {}),
      ...(extensions ? { extensions } : {}),
    }),
  }
}

function grow(part: Growing | undefined, delta: PartDelta): void {
  if (!part) return
  if (delta.text !== undefined) part.text += delta.text
  if (delta.arguments !== undefined) part.text += delta.arguments
  if (delta.signature !== undefined) part.signature = (part.signature ?? '') + delta.signature
  if (delta.citation) part.citations.push(delta.citation)
  if (delta.logprobs) part.logprobs.push(...delta.logprobs)
  if (delta.data) part.deltas.push(delta.data)
}

function toChoices(
  parts: ReadonlyMap<number, Growing>,
  finishes: ReadonlyMap<number, Finish>,
): readonly Choice[] {
  const numbers = new Set([...[...parts.values()].map(({ choice }) => choice), ...finishes.keys()])
  return [...numbers]
    .sort((a, b) => a - b)
    .map((index) => {
      const own = [...parts.values()].filter(({ choice }) => choice === index).map(toPart)
      const finish = finishes.get(index)
      return { index, parts: own, ...(finish ? { finish } : {}) }
    })
}

function toPart({ start, text, signature, citations, logprobs, deltas }: Growing): AssistantPart {
  switch (start.type) {
    case 'text':
      return {
        type: 'text',
        text,
        ...(citations.length > 0 ? { citations } : {}),
        ...(logprobs.length > 0 ? { logprobs } : {}),
      }
    case 'reasoning':
      return { ...start, text, ...(signature === undefined ? {} : { signature }) }
    case 'tool-call':
      return { ...start, arguments: text }
    case 'refusal':
      return { type: 'refusal', text }
    case 'image':
    case 'audio':
      return start
    case 'opaque':
      return { ...start, ...(deltas.length > 0 ? { deltas } : {}) }
    default:
      return start satisfies never
  }
}
