// Finds the top-level members of a JSON object in its raw bytes, in one pass and without parsing what
// is inside them: bodies are large, and only their outermost fields concern the gateway.

import { GatewayError } from '../core/error.ts'

/** Where one member lies: its key from the opening quote on, its value without white space around. */
export type Member = {
  /** The key as it reads, escapes resolved. */
  readonly key: string
  readonly start: number
  readonly valueStart: number
  readonly valueEnd: number
}

export type TopLevel = {
  /** In the order of the bytes; a repeated key is there as often as it is written. */
  readonly members: readonly Member[]
  /** The offset of the closing brace. */
  readonly close: number
  /** Keys that are written more than once, each once. */
  readonly repeated: readonly string[]
}

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
// Far deeper than any real request; what is much deeper cannot be written out again.
const maxDepth = 1000
// Shorter strings are found sooner by looking than by calling the native search.
const shortString = 16
const trueText = Buffer.from('true')
const falseText = Buffer.from('false')
const nullText = Buffer.from('null')
const number = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/

/**
 * The top-level members of the JSON object in `bytes` (UTF-8). Throws `bad-request` when they are not
 * the outline of one JSON object; nested values are skipped by their brackets and quotes, not checked.
 */
export function scanTopLevel(bytes: Uint8Array): TopLevel {
  const buffer = toBuffer(bytes)
  const members: Member[] = []
  let position = skipSpace(buffer, skipByteOrderMark(buffer))
  if (buffer[position] !== openBrace) throw malformed('starts with no "{"', position)
  position = skipSpace(buffer, position + 1)
  let isEnded = buffer[position] === closeBrace
  while (!isEnded) {
    const member = readMember(buffer, position)
    members.push(member)
    position = skipSpace(buffer, member.valueEnd)
    isEnded = buffer[position] === closeBrace
    if (isEnded) continue
    if (buffer[position] !== comma) throw malformed('has no "," or "}" after a member', position)
    position = skipSpace(buffer, position + 1)
  }
  const rest = skipSpace(buffer, position + 1)
  if (rest < buffer.length) throw malformed('goes on after its end', rest)
  return { members, close: position, repeated: findRepeated(members) }
}

const outlines = new WeakMap<Uint8Array, TopLevel>()

/** `scanTopLevel`, made once for the same bytes: a body is looked at when it is read and when it is sent. */
export function outlineOf(bytes: Uint8Array): TopLevel {
  const known = outlines.get(bytes)
  if (known) return known
  const outline = scanTopLevel(bytes)
  outlines.set(bytes, outline)
  return outline
}

function findRepeated(members: readonly Member[]): readonly string[] {
  const keys = new Set<string>()
  let repeated: Set<string> | undefined
  for (const { key } of members) {
    if (keys.has(key)) repeated = (repeated ?? new Set()).add(key)
    else keys.add(key)
  }
  return repeated ? [...repeated] : []
}

function readMember(buffer: Buffer, start: number): Member {
  if (buffer[start] !== quote) throw malformed('has no key in double quotes', start)
  const keyEnd = skipString(buffer, start)
  const key = readKey(buffer, start, keyEnd)
  const colonAt = skipSpace(buffer, keyEnd)
  if (buffer[colonAt] !== colon) throw malformed('has no ":" after a key', colonAt)
  const valueStart = skipSpace(buffer, colonAt + 1)
  return { key, start, valueStart, valueEnd: skipValue(buffer, valueStart) }
}

// Requests repeat a few dozen keys for ever: looking one up costs half of what decoding it does.
const knownKeys = new Map<number, string>()
const maxKnownKeys = 512

function readKey(buffer: Buffer, start: number, end: number): string {
  let hash = end - start
  for (let position = start + 1; position < end - 1; position += 1) {
    const byte = buffer[position] ?? 0
    if (byte === backslash || byte > 0x7e) return decodeKey(buffer, start, end)
    hash = (Math.imul(hash, 31) + byte) | 0
  }
  const known = knownKeys.get(hash)
  if (known !== undefined && isKey(buffer, start, end, known)) return known
  const key = buffer.toString('latin1', start + 1, end - 1)
  if (known === undefined && knownKeys.size < maxKnownKeys && key.length < 32)
    knownKeys.set(hash, key)
  return key
}

function isKey(buffer: Buffer, start: number, end: number, key: string): boolean {
  if (end - start - 2 !== key.length) return false
  for (let offset = 0; offset < key.length; offset += 1) {
    if (buffer[start + 1 + offset] !== key.charCodeAt(offset)) return false
  }
  return true
}

function decodeKey(buffer: Buffer, start: number, end: number): string {
  const text = buffer.toString('utf8', start + 1, end - 1)
  if (!text.includes('\\')) return text
  try {
    return String(JSON.parse(`"${text}"`))
  } catch {
    throw malformed('has a key with an unknown escape', start)
  }
}

function skipValue(buffer: Buffer, start: number): number {
  const first = buffer[start]
  if (first === quote) return skipString(buffer, start)
  if (first === openBrace || first === openBracket) return skipNested(buffer, start)
  const end = skipScalar(buffer, start)
  if (!isScalar(buffer, start, end)) throw malformed('has a member without a value', start)
  return end
}

/** Literals and integers are read byte by byte: every request has some, and decoding costs more. */
function isScalar(buffer: Buffer, start: number, end: number): boolean {
  const first = buffer[start]
  if (first === 0x74) return isText(buffer, start, end, trueText)
  if (first === 0x66) return isText(buffer, start, end, falseText)
  if (first === 0x6e) return isText(buffer, start, end, nullText)
  return isPlainInteger(buffer, start, end) || number.test(buffer.toString('latin1', start, end))
}

function isPlainInteger(buffer: Buffer, start: number, end: number): boolean {
  if (start === end || (buffer[start] === 0x30 && end - start > 1)) return false
  for (let position = start; position < end; position += 1) {
    const byte = buffer[position]
    if (byte === undefined || byte < 0x30 || byte > 0x39) return false
  }
  return true
}

function isText(buffer: Buffer, start: number, end: number, text: Buffer): boolean {
  if (end - start !== text.length) return false
  for (let offset = 0; offset < text.length; offset += 1) {
    if (buffer[start + offset] !== text[offset]) return false
  }
  return true
}

/** The offset after the object or array at `start`. */
function skipNested(buffer: Buffer, start: number): number {
  const length = buffer.length
  let depth = 0
  let position = start
  while (position < length) {
    const byte = buffer[position]
    if (byte === quote) {
      position = skipString(buffer, position)
      continue
    }
    position += 1
    if (byte === openBrace || byte === openBracket) {
      depth += 1
      if (depth > maxDepth) throw malformed(`is nested more than ${maxDepth} deep`, position)
    } else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1
      if (depth === 0) return position
    }
  }
  throw malformed('ends inside a value', length)
}

/** The offset after the string whose opening quote is at `start`. */
function skipString(buffer: Buffer, start: number): number {
  const length = buffer.length
  let position = start + 1
  while (position < length) {
    const near = Math.min(length, position + shortString)
    while (position < near) {
      const byte = buffer[position]
      if (byte === quote) return position + 1
      position += byte === backslash ? 2 : 1
    }
    const next = buffer.indexOf(quote, position)
    if (next < 0) break
    if (!isEscaped(buffer, next, position)) return next + 1
    // Where one quote is escaped more are near: look again before the next native search.
    position = next + 1
  }
  throw malformed('ends inside a string', length)
}

/** True when an odd number of backslashes, none before `from`, stands before the quote at `at`. */
function isEscaped(buffer: Buffer, at: number, from: number): boolean {
  let before = at - 1
  while (before >= from && buffer[before] === backslash) before -= 1
  return (at - before) % 2 === 0
}

function skipScalar(buffer: Buffer, start: number): number {
  let position = start
  while (position < buffer.length && !isScalarEnd(buffer[position])) position += 1
  return position
}

const isScalarEnd = (byte: number | undefined): boolean =>
  byte === comma || byte === closeBrace || isSpace(byte)

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

function skipSpace(buffer: Buffer, start: number): number {
  let position = start
  while (isSpace(buffer[position])) position += 1
  return position
}

const skipByteOrderMark = (buffer: Buffer): number =>
  buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0

const toBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const malformed = (what: string, offset: number): GatewayError =>
  new GatewayError(
    'bad-request',
    `The request body is not a JSON object: it ${what} (byte ${offset}); send one valid JSON object`,
    { code: 'invalid_json' },
  )
