// Turns text into short names that are always the same for the same text. Not for secrets: it is
// quick and well spread, and easy to reverse for somebody who tries.

export const alphabets = {
  base62: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  base36: '0123456789abcdefghijklmnopqrstuvwxyz',
  letters: 'abcdefghijklmnopqrstuvwxyz',
  digits: '0123456789',
} as const

// One hash is 53 bits: eight characters of the largest alphabet are well below that.
const charactersPerHash = 8

/** `length` characters of `alphabet` that stand for `text`. */
export function hashText(
  text: string,
  length: number,
  alphabet: string = alphabets.base62,
): string {
  let name = ''
  for (let seed = 0; name.length < length; seed += 1) {
    let rest = hash53(text, seed)
    for (let count = 0; count < charactersPerHash && name.length < length; count += 1) {
      name += alphabet.charAt(rest % alphabet.length)
      rest = Math.floor(rest / alphabet.length)
    }
  }
  return name
}

/** cyrb53 by bryc (public domain): 53 well mixed bits. */
function hash53(text: string, seed: number): number {
  let low = 0xdeadbeef ^ seed
  let high = 0x41c6ce57 ^ seed
  for (let position = 0; position < text.length; position += 1) {
    const code = text.charCodeAt(position)
    low = Math.imul(low ^ code, 2654435761)
    high = Math.imul(high ^ code, 1597334677)
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  return 4294967296 * (2097151 & high) + (low >>> 0)
}
