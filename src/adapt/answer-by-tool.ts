// Turns the call of the tool that stands for a structured answer back into that answer's text, and
// hides that there was a tool.

import type { ChatEvent, Emit, EventMap } from '../core/events.ts'
import { parseJson, toJsonObject } from '../core/json.ts'
import type { Losses } from '../core/loss.ts'
import { createRenumbering } from './renumber.ts'
import { isBlank } from './rewrite.ts'

type ChoiceState = {
  /** Parts that began with text: an answer if no call comes, else chatter beside the answer. */
  held: ChatEvent[]
  isGiven: boolean
  hasCalls: boolean
}

/** What becomes of a part that is not passed on as it is. */
type Fate = 'answer' | 'held' | 'dropped'

/**
 * The answer's events without the tool `name`: its arguments are text, "tool-calls" is "stop". With a
 * `wrapper` the text is what stands under that name in them.
 */
export function answerByTool(name: string, losses: Losses, wrapper?: string): EventMap {
  const wrapped = new Map<number, string>()
  const renumber = createRenumbering()
  const choices = new Map<number, ChoiceState>()
  const fates = new Map<number, { readonly fate: Fate; readonly state: ChoiceState }>()

  const stateOf = (choice: number): ChoiceState => {
    const known = choices.get(choice) ?? { held: [], isGiven: false, hasCalls: false }
    choices.set(choice, known)
    return known
  }
  const release = (state: ChoiceState, emit: Emit): void => {
    const { held } = state
    state.held = []
    for (const event of held) renumber(event, emit)
  }
  const start = (event: ChatEvent & { type: 'part-start' }, emit: Emit): void => {
    const state = stateOf(event.choice)
    const fate = fateOf(event, state, name)
    if (fate) fates.set(event.index, { fate, state })
    if (fate === 'held') state.held.push(event)
    if (fate === 'answer') {
      state.isGiven = true
      state.held = withoutChatter(state.held, losses)
      release(state, emit)
      renumber({ ...event, part: { type: 'text' } }, emit)
    }
    if (fate) return
    if (event.part.type === 'tool-call') state.hasCalls = true
    release(state, emit)
    renumber(event, emit)
  }
  const proceed = (event: ChatEvent & { type: 'part-delta' | 'part-end' }, emit: Emit): void => {
    const { fate, state } = fates.get(event.index) ?? {}
    if (fate === 'held' && state?.held.length) state.held.push(event)
    else if (fate === 'dropped') tellChatter(event, losses)
    else if (fate === 'answer' && wrapper !== undefined) unwrap(event, wrapper, emit)
    else if (fate === 'answer' && event.type === 'part-delta')
      renumber({ type: 'part-delta', index: event.index, text: event.arguments ?? '' }, emit)
    else renumber(event, emit)
  }
  const unwrap = (
    event: ChatEvent & { type: 'part-delta' | 'part-end' },
    key: string,
    emit: Emit,
  ): void => {
    const raw = wrapped.get(event.index) ?? ''
    if (event.type === 'part-delta') {
      wrapped.set(event.index, raw + (event.arguments ?? ''))
      return
    }
    const value = toJsonObject(parseJson(raw))[key]
    const text = value === undefined ? raw : JSON.stringify(value)
    if (text !== '') renumber({ type: 'part-delta', index: event.index, text }, emit)
    renumber(event, emit)
  }
  const finish = (event: ChatEvent & { type: 'finish' }, emit: Emit): void => {
    const state = stateOf(event.choice)
    release(state, emit)
    const isAnswer = state.isGiven && !state.hasCalls && event.reason === 'tool-calls'
    emit(isAnswer ? { type: 'finish', choice: event.choice, reason: 'stop' } : event)
  }

  return (event, emit) => {
    switch (event.type) {
      case 'part-start':
        return start(event, emit)
      case 'part-delta':
      case 'part-end':
        return proceed(event, emit)
      case 'finish':
        return finish(event, emit)
      case 'response-end':
      case 'error':
        for (const state of choices.values()) release(state, emit)
        return emit(event)
      default:
        return emit(event)
    }
  }
}

function fateOf(
  { part }: ChatEvent & { type: 'part-start' },
  { held, isGiven, hasCalls }: ChoiceState,
  name: string,
): Fate | undefined {
  if (part.type === 'tool-call' && part.name === name) return isGiven ? 'dropped' : 'answer'
  if (part.type === 'tool-call') return undefined
  if (isGiven) return part.type === 'text' ? 'dropped' : undefined
  // Order is kept: what comes after a held text waits with it.
  if (!hasCalls && (part.type === 'text' || held.length > 0)) return 'held'
  return undefined
}

/** The held events without texts: beside the answer they would spoil its JSON. */
function withoutChatter(held: readonly ChatEvent[], losses: Losses): ChatEvent[] {
  const texts = new Set(
    held.flatMap((event) =>
      event.type === 'part-start' && event.part.type === 'text' ? [event.index] : [],
    ),
  )
  return held.filter((event) => {
    if (!('index' in event) || !texts.has(event.index)) return true
    tellChatter(event, losses)
    return false
  })
}

function tellChatter(event: ChatEvent, losses: Losses): void {
  if (event.type === 'part-delta' && !isBlank(event.text ?? event.arguments ?? ''))
    losses.add(
      'dropped',
      'content',
      'The model wrote more than the one JSON answer it was asked for',
    )
}
