// Base64 without a platform: the vocabulary compiles for no runtime in particular.

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const values = new Map<string, number>([
  ...[...alphabet].map((character, value) => [character, value] as const),
  ['+', 62],
  ['/', 63],
])

/** base64url without padding of `bytes`, a string with one character (0-255) for each byte. */
export function toBase64Url(bytes: string): string {
  let text = ''
  for (let position = 0; position < bytes.length; position += 3) {
    const count = Math.min(3, bytes.length - position)
    const group =
      (bytes.charCodeAt(position) << 16) |
      ((count > 1 ? bytes.charCodeAt(position + 1) : 0) << 8) |
      (count > 2 ? bytes.charCodeAt(position + 2) : 0)
    for (let digit = 0; digit <= count; digit += 1)
      text += alphabet.charAt((group >> (18 - 6 * digit)) & 63)
  }
  return text
}

/** The bytes of base64 or base64url text, one character each; undefined when it is neither. */
export function fromBase64(text: string): string | undefined {
  const digits = text.replace(/[\s=]+/g, '')
  if (digits.length % 4 === 1) return undefined
  let bytes = ''
  let bits = 0
  let bitCount = 0
  for (const digit of digits) {
    const value = values.get(digit)
    if (value === undefined) return undefined
    bits = ((bits << 6) | value) & 0xffff
    bitCount += 6
    if (bitCount < 8) continue
    bitCount -= 8
    bytes += String.fromCharCode((bits >> bitCount) & 255)
  }
  return bytes
}

/** The text whose UTF-8 form `bytes` is, one character for each byte; undefined when it is not UTF-8. */
export function fromUtf8(bytes: string): string | undefined {
  const escaped = bytes.replace(
    /[^\x20-\x24\x26-\x7e]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  try {
    return decodeURIComponent(escaped)
  } catch {
    return undefined
  }
}
