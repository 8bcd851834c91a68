// Ends an answer before the first of several texts it comes to, however it was cut into pieces.

import type { ChatEvent, Emit, EventMap } from '../core/events.ts'
import { createRenumbering } from './renumber.ts'

type OpenText = { readonly choice: number; held: string }

/** Text that may be the beginning of a stop text is held back until it is known. */
export function cutAtStop(stops: readonly string[]): EventMap {
  const renumber = createRenumbering()
  const choices = new Map<number, number>()
  const texts = new Map<number, OpenText>()
  const cut = new Set<number>()

  const write = (index: number, text: string, emit: Emit): void => {
    if (text !== '') renumber({ type: 'part-delta', index, text }, emit)
  }
  const read = (index: number, open: OpenText, text: string, emit: Emit): void => {
    const whole = open.held + text
    const found = findStop(whole, stops)
    if (!found) {
      open.held = whole.slice(whole.length - heldLength(whole, stops))
      return write(index, whole.slice(0, whole.length - open.held.length), emit)
    }
    write(index, whole.slice(0, found.at), emit)
    renumber({ type: 'part-end', index }, emit)
    cut.add(open.choice)
    const { choice } = open
    emit({ type: 'finish', choice, reason: 'stop-sequence', stopSequence: found.stop })
  }
  const proceed = (event: ChatEvent & { type: 'part-delta' | 'part-end' }, emit: Emit): void => {
    const { index } = event
    if (cut.has(choices.get(index) ?? -1)) return
    const open = texts.get(index)
    if (open && event.type === 'part-delta' && event.text !== undefined)
      return read(index, open, event.text, emit)
    if (open && event.type === 'part-end') write(index, open.held, emit)
    renumber(event, emit)
  }

  return (event, emit) => {
    switch (event.type) {
      case 'part-start':
        choices.set(event.index, event.choice)
        if (cut.has(event.choice)) return
        if (event.part.type === 'text') texts.set(event.index, { choice: event.choice, held: '' })
        return renumber(event, emit)
      case 'part-delta':
      case 'part-end':
        return proceed(event, emit)
      case 'finish':
        return cut.has(event.choice) ? undefined : emit(event)
      default:
        return emit(event)
    }
  }
}

/**
 * The stop text that is complete first, as for a model that stops while it writes; of two that end
 * together the longer one. "Begins first" would depend on how the text was cut into pieces.
 */
function findStop(
  text: string,
  stops: readonly string[],
): { readonly at: number; readonly stop: string } | undefined {
  let found: { readonly at: number; readonly stop: string } | undefined
  let firstEnd = Number.POSITIVE_INFINITY
  for (const stop of stops) {
    const at = text.indexOf(stop)
    const end = at + stop.length
    if (at < 0 || end > firstEnd || (end === firstEnd && found && at >= found.at)) continue
    found = { at, stop }
    firstEnd = end
  }
  return found
}

/** How much of the end of `text` may be the beginning of a stop text. */
function heldLength(text: string, stops: readonly string[]): number {
  let longest = 0
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length -= 1) {
      if (text.endsWith(stop.slice(0, length))) longest = length
    }
  }
  return longest
}
