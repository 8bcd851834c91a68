// What a request says, as a list of facts that can be looked for in a changed copy: so that a test can
// tell whether a change lost something.

import type { ChatRequest, Part } from '../core/chat.ts'

type Fact = { readonly what: string; readonly isIn: (request: ChatRequest) => boolean }

/** What `before` says and `after` does not, in words; ids and names of tools are nobody's meaning. */
export const lostFacts = (before: ChatRequest, after: ChatRequest): readonly string[] =>
  factsOf(before)
    .filter(({ isIn }) => !isIn(after))
    .map(({ what }) => what)

const factsOf = (request: ChatRequest): readonly Fact[] => [
  ...textsOf(request).map(textFact),
  ...countFacts(request),
  ...fieldFacts(request),
]

function allParts({ system, turns }: ChatRequest): readonly Part[] {
  return [...system, ...turns.flatMap(({ parts }): readonly Part[] => parts)].flatMap(
    (part): readonly Part[] => (part.type === 'tool-result' ? [part, ...part.content] : [part]),
  )
}

function textOf(part: Part): string {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return part.text
    case 'tool-call':
      return part.arguments
    case 'document':
      return part.source.kind === 'text' ? part.source.text : ''
    default:
      return ''
  }
}

const textsOf = (request: ChatRequest): readonly string[] =>
  allParts(request)
    .map(textOf)
    .filter((text) => text.trim() !== '')

const textFact = (text: string): Fact => ({
  what: `the text ${JSON.stringify(text)}`,
  isIn: (request) => {
    const all = textsOf(request).join('\n')
    return all.includes(text.trim()) || all.includes(JSON.stringify(text))
  },
})

const countable = {
  signatures: (part: Part) => part.type === 'reasoning' && part.signature !== undefined,
  'redacted thoughts': (part: Part) => part.type === 'reasoning' && part.redacted !== undefined,
  calls: (part: Part) => part.type === 'tool-call',
  results: (part: Part) => part.type === 'tool-result',
  images: (part: Part) => part.type === 'image',
  blocks: (part: Part) => part.type === 'opaque',
  marks: (part: Part) => part.cache !== undefined,
  errors: (part: Part) => part.type === 'tool-result' && part.isError === true,
} as const

const count = (request: ChatRequest, is: (part: Part) => boolean): number =>
  allParts(request).filter(is).length

const countFacts = (before: ChatRequest): readonly Fact[] =>
  Object.entries(countable).map(([what, is]) => ({
    what: `${count(before, is)} ${what}`,
    isIn: (after) => count(after, is) >= count(before, is),
  }))

const idle: { readonly [field: string]: string } = {
  frequencyPenalty: '0',
  logitBias: '{}',
  logprobs: 'false',
  topP: '1',
  choices: '1',
}

function fieldFacts(before: ChatRequest): readonly Fact[] {
  const facts: Fact[] = []
  const add = (what: string, read: (request: ChatRequest) => unknown): void => {
    const wanted = JSON.stringify(read(before))
    if (wanted === undefined) return
    facts.push({ what, isIn: (after) => JSON.stringify(read(after)) === wanted })
  }
  for (const [field, value] of Object.entries(before.sampling ?? {})) {
    if (idle[field] === JSON.stringify(value)) continue
    add(field, ({ sampling }) => sampling?.[field as keyof typeof sampling])
  }
  add('the output limit', ({ limits }) => limits?.maxOutputTokens)
  add('stop texts', ({ limits }) => {
    const texts = limits?.stop?.filter((text) => text !== '') ?? []
    return texts.length > 0 ? texts : undefined
  })
  add('a form of answer', ({ output }) => (output?.type === 'text' ? undefined : output))
  if (before.reasoning?.mode !== 'off') add('reasoning', ({ reasoning }) => reasoning)
  if ((before.tools ?? []).length === 0) return facts
  add('the number of tools', ({ tools }) => tools?.length)
  add('the kinds of tools', ({ tools }) => tools?.map(({ type }) => type))
  if (before.toolChoice?.mode !== 'auto')
    add('the tool choice', ({ toolChoice }) => toolChoice?.mode)
  if (before.hasParallelTools === false)
    add('one call at a time', (request) => request.hasParallelTools)
  add(
    'strictness',
    ({ tools }) => tools?.filter((tool) => tool.type === 'function' && tool.isStrict).length,
  )
  return facts
}
