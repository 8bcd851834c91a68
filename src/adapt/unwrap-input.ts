// Reads the text out of `{"input": "…"}` while it streams: a small state machine that gives the same
// text however the JSON was cut into pieces.

import { isJsonObject, parseJson } from '../core/json.ts'

export type Unwrapper = {
  /** The text that this piece of JSON adds. */
  push(piece: string): string
  /** What is left when the JSON has ended. */
  end(): string
}

type State = 'before' | 'member' | 'key' | 'colon' | 'value' | 'text' | 'other' | 'done' | 'raw'

/**
 * Reads the string member `key` of a JSON object. JSON that is not such an object (models do not always
 * keep to the schema) is given at the end, as the text it most likely stands for.
 */
export function createUnwrapper(key: string): Unwrapper {
  let state: State = 'before'
  let seen = ''
  let name = ''
  let isEscaped = false
  let isQuoted = false
  let depth = 0
  let isFound = false
  const text = createUnescaper()

  /** The state after one character outside of the wanted text. */
  const next = (character: string): State => {
    switch (state) {
      case 'before':
        if (isSpace(character)) return 'before'
        return character === '{' ? 'member' : 'raw'
      case 'member':
        if (character === '"') {
          name = ''
          return 'key'
        }
        return character === '}' ? 'done' : 'member'
      case 'key':
        if (character === '"' && !isEscaped) return 'colon'
        name += character
        isEscaped = character === '\\' && !isEscaped
        return 'key'
      case 'colon':
        return character === ':' ? 'value' : 'colon'
      case 'value':
        if (isSpace(character)) return 'value'
        if (character === '"' && parseJson(`"${name}"`) === key) return 'text'
        depth = 0
        isQuoted = false
        state = 'other'
        return next(character)
      case 'other':
        return skip(character)
      default:
        return state
    }
  }

  const skip = (character: string): State => {
    if (isQuoted) {
      if (character === '"' && !isEscaped) isQuoted = false
      isEscaped = character === '\\' && !isEscaped
      return 'other'
    }
    if (character === '"') isQuoted = true
    if (character === '{' || character === '[') depth += 1
    if (depth === 0 && character === ',') return 'member'
    if (depth === 0 && character === '}') return 'done'
    if (character === '}' || character === ']') depth -= 1
    return 'other'
  }

  return {
    push: (piece) => {
      if (isFound && state !== 'text') return ''
      let position = 0
      for (; position < piece.length && state !== 'text' && state !== 'raw'; position += 1)
        state = next(piece.charAt(position))
      if (!isFound) seen += piece.slice(0, position)
      if (state === 'raw') {
        seen += piece.slice(position)
        return ''
      }
      if (state !== 'text') return ''
      isFound = true
      seen = ''
      const { output, isClosed } = text.push(piece.slice(position))
      if (isClosed) state = 'done'
      return output
    },
    end: () => (isFound ? text.end() : guessText(seen, key)),
  }
}

const isSpace = (character: string): boolean => /\s/.test(character)

function guessText(seen: string, key: string): string {
  const value = parseJson(seen)
  if (typeof value === 'string') return value
  if (!isJsonObject(value)) return seen.trim() === '' ? '' : seen
  const wanted = value[key]
  if (wanted !== undefined) return JSON.stringify(wanted)
  const [only, ...others] = Object.values(value)
  if (only === undefined) return ''
  return typeof only === 'string' && others.length === 0 ? only : seen
}

const simpleEscapes: { readonly [character: string]: string | undefined } = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
}

type Unescaper = {
  push(piece: string): { readonly output: string; readonly isClosed: boolean }
  end(): string
}

/** The inside of a JSON string up to its closing quote. */
function createUnescaper(): Unescaper {
  // An escape that is not whole yet, and the first half of a character made of two.
  let partial = ''
  let half = ''

  const withWhole = (text: string): string => {
    const whole = half + text
    const last = whole.charCodeAt(whole.length - 1)
    const isHalf = last >= 0xd800 && last <= 0xdbff
    half = isHalf ? whole.slice(-1) : ''
    return isHalf ? whole.slice(0, -1) : whole
  }

  const resolve = (character: string): string => {
    partial += character
    if (partial.length === 2 && character !== 'u') {
      partial = ''
      return simpleEscapes[character] ?? character
    }
    if (partial.length < 6) return ''
    const code = Number.parseInt(partial.slice(2), 16)
    partial = ''
    return Number.isNaN(code) ? '' : String.fromCharCode(code)
  }

  return {
    push: (piece) => {
      let output = ''
      let from = 0
      for (let position = 0; position < piece.length; position += 1) {
        const character = piece.charAt(position)
        if (partial !== '') {
          output += resolve(character)
          from = position + 1
        } else if (character === '\\') {
          output += piece.slice(from, position)
          partial = '\\'
          from = position + 1
        } else if (character === '"') {
          return { output: withWhole(output + piece.slice(from, position)), isClosed: true }
        }
      }
      return { output: withWhole(output + piece.slice(from)), isClosed: false }
    },
    end: () => half,
  }
}
