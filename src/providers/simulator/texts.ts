// What the simulator says, and the text it says it about. The same request gives the same answer.

import type { ChatRequest, Part, ToolResultPart, Turn } from '../../core/chat.ts'
import { schemaValue } from './schema-value.ts'

const words = (
  'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore ' +
  'et dolore magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ' +
  'ex ea commodo consequat duis aute irure in voluptate velit esse cillum fugiat nulla pariatur'
).split(' ')

/** That many words, each one token. */
export const loremText = (tokens: number): string =>
  Array.from({ length: tokens }, (_, at) => words[at % words.length]).join(' ')

const textOf = (parts: readonly Part[]): string =>
  parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')

/** The text of the last user turn that has any; undefined when there is none. */
export function lastUserText({ turns }: ChatRequest): string | undefined {
  const turn = turns.findLast(({ role, parts }) => role === 'user' && textOf(parts).trim() !== '')
  return turn ? textOf(turn.parts) : undefined
}

/** The results of tools the conversation ends with; none when something was said since. */
export function lastToolResults({ turns }: ChatRequest): readonly ToolResultPart[] {
  const spoken = turns.filter(({ role }) => role !== 'system')
  const start = spoken.findLastIndex((turn) => resultsOf(turn).length === 0) + 1
  return spoken.slice(start).flatMap(resultsOf)
}

const resultsOf = ({ parts }: Turn): readonly ToolResultPart[] =>
  [...parts].filter((part) => part.type === 'tool-result')

/** The last user text, or a word on how to have one repeated. */
export function echoText(request: ChatRequest): string {
  return (
    lastUserText(request) ??
    'This is the simulator. It repeats the last text of the user, and this request has none.'
  )
}

/** `text`, unless the request wants JSON: then a value that is valid for what it wants. */
export function inWantedForm(request: ChatRequest, text: string): string {
  const { output } = request
  if (output?.type === 'schema') return JSON.stringify(schemaValue(output.schema))
  return output?.type === 'json' ? JSON.stringify({ message: text }) : text
}

/** What the tools said, in a sentence each. */
export function resultsText(request: ChatRequest): string {
  const calls = request.turns
    .flatMap((turn): readonly Part[] => turn.parts)
    .filter((part) => part.type === 'tool-call')
  const nameOf = ({ id, name }: ToolResultPart): string =>
    name ?? calls.find((call) => call.id === id)?.name ?? id
  return lastToolResults(request)
    .map((result) => {
      const verb = result.isError ? 'failed' : 'answered'
      return `The tool ${nameOf(result)} ${verb}: ${textOf(result.content) || '(no text)'}`
    })
    .join('\n')
}
