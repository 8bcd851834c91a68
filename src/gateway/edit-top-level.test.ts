import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GatewayError } from '../core/error.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { type Edits, editTopLevel } from './edit-top-level.ts'
import { scanTopLevel } from './scan-top-level.ts'

const toBytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const edit = (text: string, edits: Edits): string =>
  Buffer.concat(editTopLevel(toBytes(text), edits)).toString('utf8')

/** Any white space JSON allows, the same for the same number. */
const spaces = ['', '', ' ', '\n', '\t', '\r\n', '   ', ' \n\t ']
const spaceAt = (seed: number): string => spaces[Math.abs(seed) % spaces.length] ?? ''

/** Writes JSON with odd white space and, now and then, with escapes nobody needs. */
function write(value: Json | undefined, seed: number): string {
  const gap = (step: number): string => spaceAt(seed * 31 + step * 7)
  if (typeof value === 'string') return writeString(value, seed)
  if (Array.isArray(value))
    return `[${gap(1)}${value.map((item, at) => write(item, seed + at)).join(`${gap(2)},${gap(3)}`)}${gap(4)}]`
  if (typeof value === 'object' && value !== null)
    return `{${gap(1)}${Object.entries(value)
      .map(([key, item], at) => writeMember(key, item, seed + at))
      .join(`${gap(2)},${gap(3)}`)}${gap(4)}}`
  return JSON.stringify(value)
}

const writeMember = (key: string, value: Json | undefined, seed: number): string =>
  `${writeString(key, seed)}${spaceAt(seed)}:${spaceAt(seed + 3)}${write(value, seed)}`

const writeString = (text: string, seed: number): string =>
  seed % 3 === 0
    ? `"${[...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
    : JSON.stringify(text)

// Not keys that end with a backslash: having read one, V8's JSON.parse may take the key `"` for it, and
// it is what these tests compare with.
const key = fc
  .oneof(
    fc.constantFrom('model', 'messages', 'a', 'b', '', '"', '\\"', 'é', '😀', 'constructor'),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
  )
  .filter((name) => !name.endsWith('\\'))
const value = fc.oneof(
  fc.constantFrom('', '\\', '\\"', '"]}', 'x'.repeat(200), `${'\\"'.repeat(60)}`, '{[,:'),
  fc.jsonValue({ maxDepth: 3 }),
) as fc.Arbitrary<Json>
// `__proto__` is a plain key to JSON, but not to the object spread these tests compare with.
const object = fc.dictionary(
  key.filter((name) => name !== '__proto__'),
  value,
  { noNullPrototype: true },
)

const withoutKeys = (fields: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !keys.includes(name)))

describe('editTopLevel', () => {
  test.each<[string, string, Edits, string]>([
    [
      'replaces in place',
      '{ "model" : "a" , "b": 1 }',
      { set: { model: 'x' } },
      '{ "model" : "x" , "b": 1 }',
    ],
    ['appends', '{"a":1 }', { set: { b: [2], c: null } }, '{"a":1,"b":[2],"c":null }'],
    ['appends to an empty object', ' { } ', { set: { a: 1, b: 2 } }, ' { "a":1,"b":2} '],
    ['removes the first', '{ "a":1, "b":2 }', { remove: ['a'] }, '{ "b":2 }'],
    ['removes the last', '{ "a":1 , "b":2 }', { remove: ['b'] }, '{ "a":1 }'],
    ['removes one in the middle', '{"a":1, "b":2,\n"c":3}', { remove: ['b'] }, '{"a":1, "c":3}'],
    ['removes the only one', '{ "a":1 }', { remove: ['a'] }, '{  }'],
    ['removes all', '{ "a":1, "b":2 }', { remove: ['b', 'a'] }, '{  }'],
    [
      'removes all and appends',
      '{ "a":1, "b":2 }',
      { remove: ['b', 'a'], set: { c: 3 } },
      '{ "c":3 }',
    ],
    [
      'replaces the last one kept',
      '{"a":1,"b":2}',
      { remove: ['b'], set: { a: 3, c: 4 } },
      '{"a":3,"c":4}',
    ],
    [
      'sets what it is also to remove',
      '{"a":1,"b":2}',
      { remove: ['a'], set: { a: 3 } },
      '{"a":3,"b":2}',
    ],
    ['knows escaped keys', '{"\\u006dodel":1}', { set: { model: 2 } }, '{"\\u006dodel":2}'],
    [
      'edits all of a repeated key',
      '{"a":1,"b":2,"a":3}',
      { set: { a: 4 } },
      '{"a":4,"b":2,"a":4}',
    ],
    ['ignores what is undefined', '{"a":1}', { set: { a: undefined } }, '{"a":1}'],
    ['leaves nested members alone', '{"x":{"a":1},"a":1}', { remove: ['a'] }, '{"x":{"a":1}}'],
  ])('%s', (_name, text, edits, expected) => {
    expect(edit(text, edits)).toBe(expected)
  })

  test('gives the very bytes back when there is nothing to edit', () => {
    const bytes = toBytes('{"a":1}')
    expect(editTopLevel(bytes, { remove: ['b'] })).toEqual([bytes])
    expect(editTopLevel(bytes, { remove: ['b'] })[0]).toBe(bytes)
  })

  test('does not copy what it does not edit', () => {
    const bytes = toBytes(`{"model":"a","messages":"${'x'.repeat(1000)}"}`)
    const shared = editTopLevel(bytes, { set: { model: 'b' } }).filter(
      ({ buffer }) => buffer === bytes.buffer,
    )
    expect(shared.reduce((total, { length }) => total + length, 0)).toBe(bytes.length - 3)
  })

  test('does to any object, however it is written, what an edit of the object does', () => {
    fc.assert(
      fc.property(
        object,
        object,
        fc.array(key),
        fc.array(fc.nat()),
        fc.nat(),
        (fields, set, extra, picks, seed) => {
          const names = Object.keys(fields)
          const remove = [
            ...extra,
            ...picks.flatMap((pick) => names[pick % (names.length + 1)] ?? []),
          ]
          const text = `${spaceAt(seed)}${write(fields, seed)}${spaceAt(seed + 1)}`
          const edited = edit(text, { set, remove })
          expect(JSON.parse(edited)).toEqual({
            ...withoutKeys(JSON.parse(text) as JsonObject, remove),
            ...(JSON.parse(JSON.stringify(set)) as JsonObject),
          })
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('keeps the exact bytes of members it was not told of', () => {
    fc.assert(
      fc.property(object, object, fc.array(key), fc.nat(), (fields, set, remove, seed) => {
        const members = Object.entries(fields)
        const texts = members.map(([name, item], at) => writeMember(name, item, seed + at))
        const edited = edit(`{${texts.join(',')}}`, { set, remove })
        for (const [at, [name]] of members.entries()) {
          if (name in set || remove.includes(name)) continue
          expect(edited).toContain(texts[at])
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('scanTopLevel', () => {
  test('finds keys and values where they are', () => {
    const text = ' { "é" : [1, "]"] ,"b":-1.5e3}\n'
    const bytes = toBytes(text)
    const slice = (start: number, end: number): string =>
      Buffer.from(bytes).toString('utf8', start, end)
    const { members, close } = scanTopLevel(bytes)
    expect(
      members.map(({ key: name, valueStart, valueEnd }) => [name, slice(valueStart, valueEnd)]),
    ).toEqual([
      ['é', '[1, "]"]'],
      ['b', '-1.5e3'],
    ])
    expect(slice(close, close + 1)).toBe('}')
  })

  test('reports repeated keys once each, whatever their spelling', () => {
    const text = '{"a":1,"\\u0061":2,"b":{"a":1},"a":3,"c":[{"b":1}]}'
    expect(scanTopLevel(toBytes(text)).repeated).toEqual(['a'])
    expect(scanTopLevel(toBytes('{"__proto__":1,"toString":2}')).repeated).toEqual([])
  })

  test.each([
    '',
    ' ',
    '[]',
    '"a"',
    'null',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,}',
    '{a:1}',
    '{"a" 1}',
    '{"a":}',
    '{"a":tru}',
    '{"a":1 2}',
    '{"a":1}}',
    '{"a":1}x',
    '{"a":[1}',
    '{"a":"b}',
    '{"\\x":1}',
    '{"a":"\\"}',
    '{"a":01}',
    '{"a":{"b":1}',
    "{'a':1}",
    '{"a":nullx}',
  ])('refuses %j', (text) => {
    expect(() => scanTopLevel(toBytes(text))).toThrow(
      expect.objectContaining({ kind: 'bad-request', code: 'invalid_json' }),
    )
  })

  test('accepts whatever JSON.parse accepts', () => {
    fc.assert(
      fc.property(object, fc.nat(), (fields, seed) => {
        const text = write(fields, seed)
        const { members, repeated } = scanTopLevel(toBytes(text))
        expect(members).toHaveLength(Object.keys(fields).length)
        expect(new Set(members.map(({ key: name }) => name))).toEqual(new Set(Object.keys(fields)))
        expect(repeated).toEqual([])
      }),
    )
  })

  test('either reads mutated bytes or refuses them, and edits stay inside what it read', () => {
    const mutation = fc.record({
      at: fc.nat(),
      byte: fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\\ 0n')), fc.nat(255)),
    })
    fc.assert(
      fc.property(
        object,
        fc.nat(),
        fc.array(mutation, { minLength: 1, maxLength: 8 }),
        (fields, seed, mutations) => {
          const bytes = toBytes(write(fields, seed))
          for (const { at, byte } of mutations) bytes[at % bytes.length] = byte
          try {
            const [name] = scanTopLevel(bytes).members.map((member) => member.key)
            editTopLevel(bytes, { set: { model: 'x' }, remove: [name ?? ''] })
          } catch (error) {
            expect(error).toBeInstanceOf(GatewayError)
            expect(() => {
              const parsed = JSON.parse(Buffer.from(bytes).toString('utf8')) as Json
              if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
                throw error
            }).toThrow()
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('reads deep nesting and long runs of backslashes', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
    const deep = `{"a":${nested(1000)},"b":"${'\\\\'.repeat(200_000)}"}`
    expect(() => scanTopLevel(toBytes(`{"a":${nested(200_000)}}`))).toThrow(/nested more than 1000/)
    expect(scanTopLevel(toBytes(deep)).members.map(({ key: name }) => name)).toEqual(['a', 'b'])
    expect(scanTopLevel(toBytes(`{"b":"${'\\"'.repeat(200_000)}"}`)).members).toHaveLength(1)
  })
})
