// Splits `<think>…</think>` off the beginning of a text, wherever the stream was cut. Later tags are
// text: models also write about tags.

const openTag = '<think>'
const closeTag = '</think>'

export type ThinkSplitter = {
  push(text: string): void
  /** Gives out what was held back to see how it goes on. */
  end(): void
}

type Place = 'start' | 'open' | 'thought' | 'gap' | 'text'

/** How many of the last characters of `text` may begin `tag`. */
function heldLength(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length -= 1)
    if (text.endsWith(tag.slice(0, length))) return length
  return 0
}

export function createThinkSplitter(
  thought: (text: string) => void,
  text: (text: string) => void,
): ThinkSplitter {
  let place = 'start' as Place
  let held = ''

  const start = (): boolean => {
    const begun = held.trimStart()
    if (begun.startsWith(openTag)) {
      held = begun.slice(openTag.length)
      place = 'open'
      return true
    }
    if (openTag.startsWith(begun)) return false
    place = 'text'
    return true
  }
  /** The white space around the thought belongs to the tags. */
  const skipSpace = (next: 'thought' | 'text'): boolean => {
    held = held.trimStart()
    if (held === '') return false
    place = next
    return true
  }
  const think = (): boolean => {
    const end = held.indexOf(closeTag)
    const length = end >= 0 ? end : held.length - heldLength(held, closeTag)
    if (length > 0) thought(held.slice(0, length))
    held = held.slice(end >= 0 ? end + closeTag.length : length)
    if (end < 0) return false
    place = 'gap'
    return true
  }
  const speak = (): boolean => {
    if (held !== '') text(held)
    held = ''
    return false
  }
  const steps = {
    start,
    open: () => skipSpace('thought'),
    thought: think,
    gap: () => skipSpace('text'),
    text: speak,
  } satisfies Record<Place, () => boolean>

  return {
    push: (more) => {
      if (place === 'text') return text(more)
      held += more
      while (steps[place]()) {}
    },
    end: () => {
      if (held !== '' && place === 'start') text(held)
      if (held !== '' && place === 'thought') thought(held)
      held = ''
    },
  }
}
