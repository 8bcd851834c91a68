// Writes a text that matches a regular expression, for JSON Schema's `pattern`. The expression is read,
// never run: those of strangers can take for ever.

export type PatternChoice = {
  /** How often a repeated piece is wanted, as far as the expression lets it. */
  readonly repeats: number
  /** Which of several possible characters is taken, so that texts can differ. */
  readonly variant: number
  readonly maxLength: number
}

type Reader = PatternChoice & {
  readonly source: string
  readonly groups: string[]
  readonly names: Map<string, number>
  position: number
}

const letters = 'abcdefghijklmnopqrstuvwxyz'
const digits = '0123456789'
const wordCharacters = `${letters}${letters.toUpperCase()}${digits}_`
const anyCharacters = `${wordCharacters} .,:;!?/-+*=@#$%&()[]{}<>|~^'"\\\``
const escapes: { readonly [letter: string]: string } = {
  d: digits,
  w: wordCharacters,
  s: ' \t\n',
  D: letters,
  W: ' .-',
  S: wordCharacters,
  t: '\t',
  n: '\n',
  r: '\r',
  f: '\f',
  v: '\v',
}

/** Undefined when the expression is not one we can read, or its text would be too long. */
export function patternText(source: string, choice: PatternChoice): string | undefined {
  const reader: Reader = { ...choice, source, groups: [], names: new Map(), position: 0 }
  try {
    const text = readAlternatives(reader)
    return reader.position === source.length ? text : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const give = (reader: Reader, characters: string): string => {
  const list = [...characters]
  return list[reader.variant % list.length] ?? ''
}

const peek = (reader: Reader): string => reader.source[reader.position] ?? ''

function take(reader: Reader, text: string): boolean {
  if (!reader.source.startsWith(text, reader.position)) return false
  reader.position += text.length
  return true
}

function takeMatch(reader: Reader, expression: RegExp): RegExpExecArray | undefined {
  expression.lastIndex = reader.position
  const match = expression.exec(reader.source)
  if (match) reader.position += match[0].length
  return match ?? undefined
}

/** The text of the first alternative; the others are only read over. */
function readAlternatives(reader: Reader): string {
  const text = readSequence(reader)
  while (take(reader, '|')) readSequence(reader)
  return text
}

function readSequence(reader: Reader): string {
  let text = ''
  while (reader.position < reader.source.length && peek(reader) !== '|' && peek(reader) !== ')') {
    const piece = readPiece(reader)
    const [least, most] = readQuantifier(reader)
    const count = Math.max(least, Math.min(most, reader.repeats))
    if (text.length + piece.length * count > reader.maxLength) throw new RangeError('too long')
    text += piece.repeat(count)
  }
  return text
}

function readQuantifier(reader: Reader): readonly [least: number, most: number] {
  const range = readRange(reader)
  if (range) take(reader, '?')
  return range ?? [1, 1]
}

function readRange(reader: Reader): readonly [least: number, most: number] | undefined {
  if (take(reader, '*')) return [0, Infinity]
  if (take(reader, '+')) return [1, Infinity]
  if (take(reader, '?')) return [0, 1]
  const match = takeMatch(reader, /\{(\d+)(,(\d*))?\}/y)
  if (!match) return undefined
  const least = Number(match[1])
  if (match[2] === undefined) return [least, least]
  return [least, match[3] ? Number(match[3]) : Infinity]
}

function readPiece(reader: Reader): string {
  if (take(reader, '^') || take(reader, '$')) return ''
  if (take(reader, '.')) return give(reader, anyCharacters)
  if (take(reader, '(')) return readGroup(reader)
  if (take(reader, '[')) return give(reader, readClass(reader))
  if (take(reader, '\\')) return readEscape(reader)
  const [character = ''] = reader.source.slice(reader.position, reader.position + 2)
  reader.position += character.length
  return character
}

function readGroup(reader: Reader): string {
  const isLookaround = takeMatch(reader, /\?<?[=!]/y) !== undefined
  const isCapture = !isLookaround && !take(reader, '?:')
  const number = isCapture ? reader.groups.push('') : 0
  const name = takeMatch(reader, /\?<([^>]+)>/y)?.[1]
  if (name !== undefined) reader.names.set(name, number)
  const text = readAlternatives(reader)
  if (!take(reader, ')')) throw new RangeError('open group')
  if (isCapture) reader.groups[number - 1] = text
  return isLookaround ? '' : text
}

function readEscape(reader: Reader): string {
  if (takeMatch(reader, /[bB]/y)) return ''
  const name = takeMatch(reader, /k<([^>]+)>/y)?.[1]
  if (name !== undefined) return reader.groups[(reader.names.get(name) ?? 0) - 1] ?? ''
  const number = takeMatch(reader, /[1-9]/y)?.[0]
  if (number !== undefined) return reader.groups[Number(number) - 1] ?? ''
  return give(reader, readEscapedSet(reader))
}

/** The characters an escape may stand for, in or out of a class. */
function readEscapedSet(reader: Reader): string {
  const code = takeMatch(reader, /u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})/y)
  if (code) return String.fromCodePoint(Number.parseInt(code[1] ?? code[2] ?? code[3] ?? '', 16))
  const property = takeMatch(reader, /p\{([^}]+)\}/y)?.[1]
  if (property !== undefined) return propertySet(property)
  if (takeMatch(reader, /P\{[^}]+\}/y)) return ' '
  const letter = takeMatch(reader, /[\s\S]/y)?.[0] ?? ''
  return escapes[letter] ?? letter
}

function propertySet(property: string): string {
  if (/^(?:N|Nd|Number|Decimal_Number)$/.test(property)) return digits
  if (/^(?:Lu|Uppercase|Uppercase_Letter)$/.test(property)) return letters.toUpperCase()
  if (/^(?:P|Punctuation|S|Symbol)$/.test(property)) return '.'
  return letters
}

/** The characters a class may stand for, after its opening bracket. */
function readClass(reader: Reader): string {
  const isNegated = take(reader, '^')
  let set = ''
  while (!take(reader, ']')) {
    if (reader.position >= reader.source.length) throw new RangeError('open class')
    const first = readClassMember(reader)
    set += takeMatch(reader, /-(?!\])/y) ? toRange(first, readClassMember(reader)) : first
  }
  if (!isNegated) return set
  return [...anyCharacters].filter((character) => !set.includes(character)).join('') || 'é'
}

function readClassMember(reader: Reader): string {
  if (take(reader, '\\')) return readEscapedSet(reader)
  const [character = ''] = reader.source.slice(reader.position, reader.position + 2)
  reader.position += character.length
  return character
}

function toRange(first: string, last: string): string {
  const from = first.codePointAt(0) ?? 0
  // A few characters are choice enough, and those of the whole of Unicode are too many.
  const to = Math.min(last.codePointAt(0) ?? 0, from + 200)
  let set = ''
  for (let code = from; code <= to; code += 1) set += String.fromCodePoint(code)
  return set
}
