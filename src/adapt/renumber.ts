// Keeps part indexes counting up from 0 where an adaptation leaves parts out.

import type { Emit, EventMap } from '../core/events.ts'

/** Passes events on with fresh indexes, in the order in which their parts start. */
export function createRenumbering(): EventMap {
  const indexes = new Map<number, number>()
  return (event, emit: Emit) => {
    switch (event.type) {
      case 'part-start': {
        const index = indexes.size
        indexes.set(event.index, index)
        return emit(index === event.index ? event : { ...event, index })
      }
      case 'part-delta':
      case 'part-end': {
        const index = indexes.get(event.index)
        if (index === undefined) return
        return emit(index === event.index ? event : { ...event, index })
      }
      default:
        return emit(event)
    }
  }
}
