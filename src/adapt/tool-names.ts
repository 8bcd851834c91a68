// Tool names in the form the target takes: one reversible map for tools, choice and history, undone in
// the answer's calls.

import type { Adaptation } from '../core/adaptation.ts'
import type { ChatRequest, Tool, ToolChoice } from '../core/chat.ts'
import type { EventMap } from '../core/events.ts'
import { hashText } from '../core/hash.ts'
import type { Profile } from '../core/profile.ts'
import { fits, type Shape, toFitting } from './pattern.ts'
import { mapList, mapParts, withTurns } from './rewrite.ts'

type Names = ReadonlyMap<string, string>

export const toolNames: Adaptation = {
  name: 'tool-names',
  applies: (request, { profile }) => createNames(request, profile).size > 0,
  request: (request, { profile }) => {
    const names = createNames(request, profile)
    if (names.size === 0) return { request }
    return { request: renamed(request, names), events: () => undo(names) }
  },
}

const suffixLength = 8

/** The names that do not fit → ones that do. */
function createNames(request: ChatRequest, { tools }: Profile): Names {
  const shape = { pattern: tools.namePattern, length: tools.nameLength }
  const all = namesIn(request)
  const taken = new Set([...all].filter((name) => fits(name, shape)))
  const names = new Map<string, string>()
  for (const name of all) {
    if (taken.has(name)) continue
    const mapped = candidates(name, shape).find(
      (candidate) => fits(candidate, shape) && !taken.has(candidate),
    )
    if (mapped === undefined) continue
    taken.add(mapped)
    names.set(name, mapped)
  }
  return names
}

/** Names of functions and calls; a dialect's own tools keep the names their dialect gave them. */
function namesIn({ tools = [], toolChoice, turns }: ChatRequest): ReadonlySet<string> {
  const names = new Set<string>()
  const fixed = new Set(tools.filter(isOpaque).map(({ name }) => name))
  const add = (name: string | undefined): void => {
    if (name !== undefined && !fixed.has(name)) names.add(name)
  }
  for (const { name } of tools) add(name)
  if (toolChoice?.mode === 'one') add(toolChoice.name)
  if (toolChoice?.mode === 'allowed') for (const name of toolChoice.names) add(name)
  for (const { parts } of turns) {
    for (const part of parts)
      if (part.type === 'tool-call' || part.type === 'tool-result') add(part.name)
  }
  return names
}

const isOpaque = ({ type }: Tool): boolean => type === 'opaque'

/** From the most readable to the surest. */
function candidates(name: string, shape: Shape): readonly string[] {
  const readable = [/[^a-zA-Z0-9_-]+/g, /[^a-zA-Z0-9_]+/g, /[^a-zA-Z0-9]+/g].flatMap(
    (others, position) => {
      const clean = name.replace(others, position === 2 ? '' : '_')
      return [clean, `t_${clean}`]
    },
  )
  const suffix = `_${hashText(name, suffixLength)}`
  const cut = readable.map((text) => text.slice(0, shape.length - suffix.length) + suffix)
  const opaque = toFitting(name, shape, ['tool_', 't', ''])
  // Text without a letter in it says nothing: straight to the hash.
  const speaking = /[a-zA-Z]/.test(name) ? [...readable, ...cut] : []
  return opaque === undefined ? speaking : [...speaking, opaque]
}

function renamed(request: ChatRequest, names: Names): ChatRequest {
  const rename = <N extends { readonly name?: string }>(named: N): N => {
    const name = named.name === undefined ? undefined : names.get(named.name)
    return name === undefined ? named : { ...named, name }
  }
  const turns = mapParts(request.turns, {
    user: (part) => (part.type === 'tool-result' ? rename(part) : part),
    assistant: (part) => (part.type === 'tool-call' ? rename(part) : part),
  })
  const { tools, toolChoice } = request
  return {
    ...withTurns(request, turns),
    ...(tools ? { tools: mapList(tools, rename) } : {}),
    ...(toolChoice ? { toolChoice: renamedChoice(toolChoice, names) } : {}),
  }
}

function renamedChoice(choice: ToolChoice, names: Names): ToolChoice {
  if (choice.mode === 'one') return { ...choice, name: names.get(choice.name) ?? choice.name }
  if (choice.mode === 'allowed')
    return { ...choice, names: choice.names.map((name) => names.get(name) ?? name) }
  return choice
}

function undo(names: Names): EventMap {
  const originals = new Map([...names].map(([name, mapped]) => [mapped, name]))
  return (event, emit) => {
    if (event.type !== 'part-start' || event.part.type !== 'tool-call') return emit(event)
    const name = originals.get(event.part.name)
    emit(name === undefined ? event : { ...event, part: { ...event.part, name } })
  }
}
