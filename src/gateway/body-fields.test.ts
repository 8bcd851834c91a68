import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import { maxEagerBytes, readFields, withoutByteOrderMark } from './body-fields.ts'

const bytesOf = (text: string): Uint8Array => Buffer.from(text)
/** The same object, too large to be parsed at once. */
const enlarged = (text: string): string =>
  text.replace(
    /\}\s*$/,
    `${/^\s*\{\s*\}\s*$/.test(text) ? '' : ','}"filler":"${'x'.repeat(maxEagerBytes)}"}`,
  )
const sizes = [
  ['small', (text: string) => text],
  ['large', enlarged],
] as const

describe.each(sizes)('a %s body', (_name, sized) => {
  const read = (text: string): JsonObject => readFields(bytesOf(sized(text)))

  test('reads as JSON.parse reads it, whatever is in it', () => {
    const members = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue(), { maxKeys: 6 })
    fc.assert(
      fc.property(members, (value) => {
        const { filler: _filler, ...rest } = read(JSON.stringify(value))
        expect(rest).toEqual(JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 30 },
    )
  })

  test('escapes in keys and strings are resolved', () => {
    const { text, 'a"b': key } = read('{"text":"caf\\u00e9 \\ud83d\\ude42 \\ud800","a\\"b":1}')
    expect([text, key]).toEqual(['café 🙂 \ud800', 1])
  })

  test('names of the prototype are fields like others, and not there unless they are', () => {
    const fields = read('{"__proto__":{"x":1},"constructor":2}')
    expect(Object.keys(fields)).toEqual(expect.arrayContaining(['__proto__', 'constructor']))
    expect(Object.hasOwn(fields, 'toString')).toBe(false)
    expect(({} as { x?: number }).x).toBeUndefined()
  })

  test.each([
    ['[1]', 'invalid_json'],
    ['"x"', 'invalid_json'],
    ['null', 'invalid_json'],
    ['{"a":1', 'invalid_json'],
    ['{"a":1}}', 'invalid_json'],
    ['{"a":1,"\\u0061":2}', 'repeated_key'],
    [`{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`, 'invalid_json'],
  ])('%# is refused as %s', (text, code) => {
    const whole = text.endsWith('}') && text !== '{"a":1}}' ? sized(text) : text
    expect(() => readFields(bytesOf(whole))).toThrow(
      expect.objectContaining({ kind: 'bad-request', code }),
    )
  })

  test('bytes that are no UTF-8 are refused', () => {
    const broken = Buffer.from(sized('{"a":"~"}'))
    broken[broken.indexOf('~')] = 0xff
    expect(() => readFields(broken)).toThrow(/not UTF-8/)
  })

  test('the parser’s complaint does not repeat the body', () => {
    try {
      void read('{"password": hunter2}')['password']
      expect.unreachable()
    } catch (thrown) {
      expect(String(thrown)).not.toContain('hunter2')
    }
  })
})

test('fields of a large body are read when they are asked for, once', () => {
  const fields = readFields(bytesOf(enlarged('{"good":{"a":[1]},"bad":{"a":[1}}}')))
  expect(fields['good']).toEqual({ a: [1] })
  expect(fields['good']).toBe(fields['good'])
  expect(() => fields['bad']).toThrow(expect.objectContaining({ kind: 'bad-request' }))
})

test('an empty body is missing, a mark before it is taken off', () => {
  expect(() => readFields(new Uint8Array())).toThrow(
    expect.objectContaining({ code: 'missing_body' }),
  )
  expect(Buffer.from(withoutByteOrderMark(bytesOf('\ufeff{}'))).toString()).toBe('{}')
  const plain = bytesOf('{}')
  expect(withoutByteOrderMark(plain)).toBe(plain)
})
