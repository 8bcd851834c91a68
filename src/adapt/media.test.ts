import { expect, test } from 'vitest'
import type { DocumentPart, ImagePart, ToolResultPart, Turn, UserPart } from '../core/chat.ts'
import { GatewayError } from '../core/error.ts'
import type { Profile } from '../core/profile.ts'
import { adaptFor, contextWithout, requestOf } from '../testing/able-profile.ts'
import { media } from './media.ts'

const byUrl: ImagePart = {
  type: 'image',
  source: { kind: 'url', url: 'https://example.com/a.png' },
}
const inline: ImagePart = {
  type: 'image',
  source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' },
}
const pdf: DocumentPart = {
  type: 'document',
  source: { kind: 'base64', mediaType: 'application/pdf', data: 'AAAA' },
}
const page: DocumentPart = {
  type: 'document',
  title: 'Notes',
  source: { kind: 'text', mediaType: 'text/plain', text: 'a page' },
}
const sound: UserPart = {
  type: 'audio',
  source: { kind: 'base64', mediaType: 'audio/wav', data: 'AAAA' },
}
const result = (id: string, ...content: ToolResultPart['content']): ToolResultPart => ({
  type: 'tool-result',
  id,
  content,
})
const user = (...parts: readonly UserPart[]): Turn => ({ role: 'user', parts })

test.each([
  ['an image by URL', byUrl, { imageUrl: false }, /base64/],
  ['an inline image', inline, { imageData: false }, /https address/],
  ['any image', inline, { imageUrl: false, imageData: false }, /cannot see images/],
  ['an image in a tool result', result('c', byUrl), { imageUrl: false }, /base64/],
  ['a document', pdf, { documents: false }, /cannot read documents/],
  ['sound', sound, { audio: false }, /cannot hear/],
] as readonly (readonly [string, UserPart, Partial<Profile['parts']>, RegExp])[])(
  '%s the target cannot take is refused with the way out',
  (_what, part, parts, message) => {
    const request = requestOf([user(part)])
    const context = contextWithout({ parts })
    expect(media.applies(request, context)).toBe(true)
    expect(() => media.request(request, context)).toThrow(message)
    expect(() => media.request(request, context)).toThrow(GatewayError)
  },
)

test('a document that is text anyway is told as text', () => {
  const { request, losses } = adaptFor(media, requestOf([user(page)]), {
    parts: { documents: false },
  })
  expect(request.turns).toEqual([
    user({ type: 'text', text: '<document title="Notes">\na page\n</document>' }),
  ])
  expect(losses).toEqual(['emulated:document'])
})

test('an image the model once made is left out, not refused', () => {
  const request = requestOf([
    { role: 'assistant', parts: [inline, { type: 'text', text: 'Here' }] },
  ])
  const { request: adapted, losses } = adaptFor(media, request, {
    parts: { imageData: false, imageUrl: false },
  })
  expect(adapted.turns[0]?.parts).toEqual([{ type: 'text', text: 'Here' }])
  expect(losses).toEqual(['dropped:image'])
})

test('images in results stand after all results, each side naming the other', () => {
  const request = requestOf([
    user(result('c1', { type: 'text', text: 'shot' }, inline), result('c2', byUrl), {
      type: 'text',
      text: 'What is it?',
    }),
  ])
  const { request: adapted, losses } = adaptFor(media, request, {
    parts: { toolResultImages: false },
  })
  expect(adapted.turns).toEqual([
    user(
      result(
        'c1',
        { type: 'text', text: 'shot' },
        { type: 'text', text: '[image 1 of the tool results]: see the user message below' },
      ),
      result('c2', {
        type: 'text',
        text: '[image 2 of the tool results]: see the user message below',
      }),
      { type: 'text', text: '[image 1 of the tool results]:' },
      inline,
      { type: 'text', text: '[image 2 of the tool results]:' },
      byUrl,
      { type: 'text', text: 'What is it?' },
    ),
  ])
  expect(losses).toEqual(['changed:tool_result_image'])
})

test('a file uploaded to another place is refused, one of the target’s own is not', () => {
  const file = (dialect?: string): DocumentPart => ({
    type: 'document',
    source: { kind: 'file', id: 'file-1', ...(dialect === undefined ? {} : { dialect }) },
  })
  const context = contextWithout({})
  const ask = (part: DocumentPart) => requestOf([user(part)])
  expect(media.applies(ask(file('elsewhere')), context)).toBe(true)
  expect(() => media.request(ask(file('elsewhere')), context)).toThrow(/uploaded to another place/)
  expect(media.applies(ask(file(context.target.dialect)), context)).toBe(false)
  expect(media.applies(ask(file()), context)).toBe(false)
})

test('a document of text stays in the result it came with', () => {
  const { request, losses } = adaptFor(media, requestOf([user(result('c', page))]), {
    parts: { toolResultImages: false },
  })
  expect(request.turns).toEqual([user(result('c', page))])
  expect(losses).toEqual([])
})
