// What of a request must arrive, whatever dialect it is told in: its texts, calls, results and media.

import { type Json, parse, toFields, toList, toText } from './answer.ts'

/** A piece of meaning and where it stands in the client's request. */
type Piece = { readonly where: string; readonly text: string }

/**
 * The texts of a request that no translation may lose: instructions, what was said, tools and their
 * descriptions, calls with every argument, results, media. Thought is not among them: it is bound to
 * its origin.
 */
export function piecesOf(request: unknown): readonly Piece[] {
  const { system, messages, tools } = toFields(request)
  const pieces: Piece[] = []
  const add = (where: string, text: unknown): void => {
    if (typeof text === 'string' && text.trim() !== '') pieces.push({ where, text })
  }
  collectContent('system', system, add)
  toList(messages).forEach((item, index) => {
    const message = toFields(item)
    const where = `messages[${index}]`
    collectContent(where, message['content'], add)
    add(`${where}.refusal`, message['refusal'])
    for (const call of toList(message['tool_calls'])) collectCall(where, toFields(call), add)
  })
  toList(tools).forEach((item, index) => {
    collectTool(`tools[${index}]`, toFields(item), add)
  })
  return pieces
}

type Add = (where: string, text: unknown) => void

function collectContent(where: string, content: unknown, add: Add): void {
  if (typeof content === 'string') add(where, content)
  toList(content).forEach((item, index) => {
    collectPart(`${where}.content[${index}]`, toFields(item), add)
  })
}

function collectPart(where: string, part: Json, add: Add): void {
  const type = toText(part['type'])
  const at = `${where} (${type})`
  switch (type) {
    case 'text':
      add(at, part['text'])
      return
    case 'image_url':
      add(at, withoutPrefix(toText(toFields(part['image_url'])['url'])))
      return
    case 'input_audio':
      add(at, toFields(part['input_audio'])['data'])
      return
    case 'file':
      add(at, withoutPrefix(toText(toFields(part['file'])['file_data'])))
      return
    case 'image':
    case 'document': {
      const source = toFields(part['source'])
      add(at, source['data'] ?? source['url'])
      collectContent(at, source['content'], add)
      return
    }
    case 'tool_use':
      add(at, part['name'])
      collectLeaves(at, part['input'], add)
      return
    case 'tool_result':
      collectContent(at, part['content'], add)
      return
    default:
      return
  }
}

const withoutPrefix = (url: string): string => url.replace(/^data:[^,]*,/, '')

function collectCall(where: string, call: Json, add: Add): void {
  const content = toFields(call['function'] ?? call['custom'])
  add(`${where} call`, content['name'])
  const text = toText(content['arguments'] ?? content['input'])
  const parsed = parse(text)
  if (parsed === undefined) add(`${where} call`, text)
  else collectLeaves(`${where} call`, parsed, add)
}

function collectTool(where: string, tool: Json, add: Add): void {
  const isBuiltIn =
    tool['type'] !== undefined && !['function', 'custom'].includes(toText(tool['type']))
  if (isBuiltIn) return
  const content = toFields(tool['function'] ?? tool['custom'] ?? tool)
  add(`${where}.name`, content['name'])
  add(`${where}.description`, content['description'])
  const schema = content['parameters'] ?? content['input_schema']
  for (const name of Object.keys(toFields(toFields(schema)['properties'])))
    add(`${where} schema`, name)
}

/** Keys and texts of any JSON. */
function collectLeaves(where: string, value: unknown, add: Add): void {
  if (typeof value === 'string') add(where, value)
  else if (Array.isArray(value)) for (const item of value) collectLeaves(where, item, add)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      add(where, key)
      collectLeaves(where, item, add)
    }
  }
}

/** The pieces that stand nowhere in `sent`: neither in a text nor in JSON inside a text. */
export function missingPieces(pieces: readonly Piece[], sent: unknown): readonly Piece[] {
  const texts: string[] = []
  const add: Add = (_where, text) => {
    if (typeof text !== 'string') return
    texts.push(text)
    const inner = /^\s*[[{]/.test(text) ? parse(text) : undefined
    if (inner !== undefined) collectLeaves('', inner, add)
  }
  collectLeaves('', sent, add)
  const all = texts.join('\n')
  return pieces.filter(({ text }) => !all.includes(text))
}
