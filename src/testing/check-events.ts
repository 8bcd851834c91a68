// Holds a stream of events to the grammar every decoder, adaptation and local provider must keep.

import type { ChatEvent, PartDelta, PartStart } from '../core/events.ts'

type OpenPart = {
  readonly choice: number
  readonly start: PartStart
  text: string
  isSigned: boolean
}

type Walk = {
  readonly report: (violation: string) => void
  readonly open: Map<number, OpenPart>
  readonly finished: Set<number>
  /** Choice → what is wrong with its calls' arguments; an answer cut at its limit may stop in one. */
  readonly broken: Map<number, string>
  nextIndex: number
  isStarted: boolean
  terminal: string | undefined
}

const deltaFields = ['text', 'arguments', 'citation', 'logprobs', 'signature', 'data'] as const

/** Which delta fields a part of each type may be given. */
const allowedDeltas = {
  text: ['text', 'citation', 'logprobs'],
  reasoning: ['text', 'signature', 'logprobs'],
  'tool-call': ['arguments'],
  refusal: ['text', 'logprobs'],
  image: [],
  audio: [],
  opaque: ['data'],
} as const satisfies Record<PartStart['type'], readonly (typeof deltaFields)[number][]>

/** Finishes after which a call's arguments may be incomplete. */
const cutReasons = ['length', 'context-full', 'malformed-call']

/**
 * Every way in which `events` break the grammar of core/events.ts, in order, each one sentence; empty
 * when there is none. A stream must be whole: one that stops without a terminal is a violation.
 */
export function checkEvents(events: readonly ChatEvent[]): readonly string[] {
  const violations: string[] = []
  let position = 0
  const walk: Walk = {
    report: (violation) => violations.push(`Event ${position}: ${violation}`),
    open: new Map(),
    finished: new Set(),
    broken: new Map(),
    nextIndex: 0,
    isStarted: false,
    terminal: undefined,
  }
  for (const event of events) {
    check(walk, event)
    position += 1
  }
  if (walk.terminal === undefined) walk.report('the stream stops without response-end or error')
  return violations
}

function check(walk: Walk, event: ChatEvent): void {
  if (walk.terminal) {
    walk.report(`${event.type} after the terminal ${walk.terminal}`)
    return
  }
  if (!walk.isStarted && event.type !== 'response-start' && event.type !== 'error')
    walk.report(`${event.type} before response-start`)
  switch (event.type) {
    case 'response-start':
      if (walk.isStarted) walk.report('a second response-start')
      walk.isStarted = true
      return
    case 'part-start':
      checkStart(walk, event)
      return
    case 'part-delta':
      checkDelta(walk, event)
      return
    case 'part-end':
      checkEnd(walk, event.index)
      return
    case 'usage':
      checkUsage(walk, event)
      return
    case 'finish':
      checkFinish(walk, event)
      return
    case 'response-end':
      checkResponseEnd(walk)
      return
    case 'error':
      walk.terminal = 'error'
      return
    default:
      event satisfies never
  }
}

function checkStart(walk: Walk, event: ChatEvent & { type: 'part-start' }): void {
  const { index, choice, part } = event
  if (index !== walk.nextIndex) walk.report(`part ${index} starts, expected ${walk.nextIndex}`)
  walk.nextIndex = index + 1
  for (const [other, { choice: owner }] of walk.open) {
    if (owner === choice) walk.report(`part ${index} starts while part ${other} is open`)
  }
  if (walk.finished.has(choice)) walk.report(`part ${index} starts after choice ${choice} finished`)
  if (part.type === 'tool-call' && (part.id === '' || part.name === ''))
    walk.report(`tool call ${index} has no ${part.id === '' ? 'id' : 'name'}`)
  walk.open.set(index, { choice, start: part, text: '', isSigned: false })
}

function checkDelta(walk: Walk, delta: PartDelta): void {
  const part = walk.open.get(delta.index)
  if (!part) {
    walk.report(`a delta for part ${delta.index}, which is not open`)
    return
  }
  const present = deltaFields.filter((field) => delta[field] !== undefined)
  if (present.length !== 1)
    walk.report(`a delta with ${present.length} fields (${present.join(', ')}), expected one`)
  const allowed: readonly string[] = allowedDeltas[part.start.type]
  for (const field of present) {
    if (!allowed.includes(field)) walk.report(`a delta of ${field} for a ${part.start.type} part`)
  }
  if (part.isSigned && delta.text !== undefined) walk.report('text after the signature')
  if (delta.signature !== undefined) part.isSigned = true
  part.text += delta.text ?? delta.arguments ?? ''
}

function checkEnd(walk: Walk, index: number): void {
  const part = walk.open.get(index)
  if (!part) {
    walk.report(`part ${index} ends, but is not open`)
    return
  }
  walk.open.delete(index)
  if (part.start.type !== 'tool-call' || part.start.kind !== 'function') return
  if (!isJson(part.text))
    walk.broken.set(part.choice, `tool call ${index} ends without JSON arguments: ${part.text}`)
}

function checkUsage(walk: Walk, event: ChatEvent & { type: 'usage' }): void {
  for (const [bucket, count] of Object.entries(event.usage)) {
    if (count && !(Number.isInteger(count.tokens) && count.tokens >= 0))
      walk.report(`usage bucket ${bucket} has ${count.tokens} tokens`)
  }
}

function checkFinish(walk: Walk, { choice, reason }: ChatEvent & { type: 'finish' }): void {
  const broken = walk.broken.get(choice)
  if (broken && !cutReasons.includes(reason)) walk.report(broken)
  if (walk.finished.has(choice)) walk.report(`choice ${choice} finishes twice`)
  for (const [index, part] of walk.open) {
    if (part.choice === choice) walk.report(`choice ${choice} finishes while part ${index} is open`)
  }
  walk.finished.add(choice)
}

function checkResponseEnd(walk: Walk): void {
  walk.terminal = 'response-end'
  for (const index of walk.open.keys()) walk.report(`the response ends while part ${index} is open`)
  if (walk.finished.size === 0) walk.report('the response ends without a finish')
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
