// A client's tools and its choice among them, in all the forms clients send.

import type { Tool, ToolChoice } from '../../core/chat.ts'
import {
  isJsonObject,
  type Json,
  type JsonObject,
  toJsonArray,
  withoutUndefined,
} from '../../core/json.ts'
import { cacheFields, decodeCache } from './decode-parts.ts'
import { dialectId, mergeFields, toOwnExtensions, unknownFields } from './names.ts'
import {
  fromBody,
  readBoolean,
  readObject,
  readObjects,
  readString,
  refuse,
  type Source,
} from './read.ts'

const flatName = /^[\w.-]{1,64}$/

const functionFields: ReadonlySet<string> = new Set(['name', 'description', 'parameters', 'strict'])

function readToolName(source: Source): string {
  const name = readString(source, 'name')
  return name || refuse(`${source.path}.name`, name, 'the name of a tool', 'invalid_tools')
}

function decodeFunction(outer: Source, inner: Source): Tool {
  const known = new Set(['type', 'function', ...cacheFields])
  const outside = outer === inner ? undefined : unknownFields(outer.fields, known)
  const inside = unknownFields(inner.fields, new Set([...functionFields, ...known]))
  const extensions = toOwnExtensions(
    mergeFields(outside?.fields ?? {}, inside ? { function: inside.fields } : {}),
  )
  return withoutUndefined({
    type: 'function' as const,
    name: readToolName(inner),
    description: readString(inner, 'description'),
    schema: readObject(inner, 'parameters'),
    isStrict: readBoolean(inner, 'strict'),
    cache: decodeCache(outer.fields).cache ?? decodeCache(inner.fields).cache,
    extensions,
  }) as Tool
}

/** The dialect nests a grammar once more than the neutral form does. */
function decodeFormat(format: JsonObject | undefined): JsonObject | undefined {
  const grammar = format?.['grammar']
  return isJsonObject(grammar) ? { type: 'grammar', ...grammar } : format
}

function decodeCustom(outer: Source, inner: Source): Tool {
  return withoutUndefined({
    type: 'custom' as const,
    name: readToolName(inner),
    description: readString(inner, 'description'),
    format: decodeFormat(readObject(inner, 'format')),
    extensions: unknownFields(
      outer.fields,
      new Set(['type', 'custom', ...Object.keys(inner.fields)]),
    ),
  }) as Tool
}

/** True for a tool that is only a name and perhaps a description: one of the server's own. */
export const isFlatTool = (tool: Json): boolean =>
  isJsonObject(tool) && tool['type'] === undefined && tool['function'] === undefined

function decodeFlat(source: Source): Tool {
  const name = readString(source, 'name')
  if (name === undefined || !flatName.test(name))
    refuse(`${source.path}.name`, name, '1 to 64 letters, digits, "_", "-" or "."', 'invalid_tools')
  return decodeFunction(source, source)
}

function decodeTool(source: Source): Tool {
  const { fields, path } = source
  const nest = (key: 'function' | 'custom'): Source => {
    const inner = readObject(source, key)
    return inner ? { fields: inner, path: `${path}.${key}` } : source
  }
  const type = fields['type'] ?? (fields['function'] === undefined ? undefined : 'function')
  if (type === undefined) return decodeFlat(source)
  if (type === 'function') return decodeFunction(source, nest('function'))
  if (type === 'custom') return decodeCustom(source, nest('custom'))
  if (typeof type !== 'string') return refuse(`${path}.type`, type, '"function" or "custom"')
  const name = fields['name']
  return {
    type: 'opaque',
    dialect: dialectId,
    name: typeof name === 'string' ? name : type,
    raw: fields,
    ...decodeCache(fields),
  }
}

/** The tools; undefined when there are none. Flat tools must have different names. */
export function decodeTools(body: JsonObject): readonly Tool[] | undefined {
  const source = fromBody(body)
  const listed = readObjects(source, 'tools') ?? []
  const flat = listed.filter(({ fields }) => isFlatTool(fields))
  const names = new Set<unknown>()
  for (const { fields, path } of flat) {
    if (names.has(fields['name']))
      refuse(`${path}.name`, fields['name'], 'a name no other tool has')
    names.add(fields['name'])
  }
  const old = (readObjects(source, 'functions') ?? []).map((entry) => decodeFunction(entry, entry))
  const tools = [...listed.map(decodeTool), ...old]
  return tools.length === 0 ? undefined : tools
}

const modes: { readonly [word: string]: 'auto' | 'none' | 'required' } = {
  auto: 'auto',
  none: 'none',
  required: 'required',
  any: 'required',
}

const expected =
  '"auto", "none", "required", or a tool like {"type": "function", "function": {"name": "…"}}'

const nameIn = (choice: JsonObject): string | undefined => {
  for (const inner of [choice['function'], choice['custom'], choice]) {
    const name = isJsonObject(inner) ? inner['name'] : undefined
    if (typeof name === 'string' && name !== '') return name
  }
  return undefined
}

function decodeAllowed(choice: JsonObject): ToolChoice {
  const inner = isJsonObject(choice['allowed_tools']) ? choice['allowed_tools'] : choice
  const names = toJsonArray(inner['tools']).map((tool) =>
    isJsonObject(tool) ? nameIn(tool) : undefined,
  )
  if (names.length === 0 || names.includes(undefined))
    refuse('tool_choice.allowed_tools.tools', inner['tools'], 'an array of tools with names')
  return {
    mode: 'allowed',
    names: names.filter((name) => name !== undefined),
    isRequired: inner['mode'] === 'required',
  }
}

function decodeObject(choice: JsonObject): ToolChoice | undefined {
  const type = choice['type']
  if (type === 'allowed_tools') return decodeAllowed(choice)
  const name = nameIn(choice)
  if (name !== undefined) return { mode: 'one', name }
  const mode = typeof type === 'string' ? modes[type] : undefined
  if (mode) return { mode }
  // A tool only its own place knows; the choice is carried with it.
  return typeof type === 'string' && type !== 'function' && type !== 'custom'
    ? undefined
    : refuse('tool_choice', choice, expected)
}

/** The choice; undefined when there is none or only the dialect's own places understand it. */
export function decodeToolChoice(
  body: JsonObject,
  tools: readonly Tool[] | undefined,
): ToolChoice | undefined {
  const key =
    body['tool_choice'] === undefined || body['tool_choice'] === null
      ? 'function_call'
      : 'tool_choice'
  const value = body[key] ?? undefined
  if (value === undefined) return undefined
  const choice = isJsonObject(value) ? decodeObject(value) : decodeWord(value, key, tools)
  const needsTools = choice !== undefined && choice.mode !== 'auto' && choice.mode !== 'none'
  if (needsTools && !tools) refuse(key, value, 'used together with "tools"')
  return choice
}

function decodeWord(value: Json, key: string, tools: readonly Tool[] | undefined): ToolChoice {
  if (typeof value !== 'string') return refuse(key, value, expected)
  const mode = modes[value.toLowerCase()]
  if (mode) return { mode }
  return tools?.some(({ name }) => name === value)
    ? { mode: 'one', name: value }
    : refuse(key, value, `${expected}, or the name of one of "tools"`)
}
