// Checks a configuration file against the schema and says in plain words what is wrong with it.

import { parse, TomlError } from 'smol-toml'
import type { z } from 'zod'
import { isJsonObject, type JsonObject, toJsonObject } from '../core/json.ts'
import { suggestion } from '../core/nearest.ts'
import { ConfigError, type Problem, toKey } from './config-error.ts'
import { lineOf } from './locate.ts'
import { type ConfigFile, type ConfigSchema, toJsonSchema } from './schema.ts'

/** A configuration before it is checked. `text` finds line numbers; tables made in code have none. */
export type ConfigSource = { readonly name: string; readonly text: string }

/** Reads and checks TOML text. Throws a ConfigError with everything that is wrong. */
export function parseConfig(source: ConfigSource, schema: ConfigSchema): ConfigFile {
  return validateConfig(parseToml(source), source, schema)
}

/** Checks a table. Throws a ConfigError with everything that is wrong. */
export function validateConfig(
  table: unknown,
  source: ConfigSource,
  schema: ConfigSchema,
): ConfigFile {
  const result = schema.safeParse(table, { reportInput: true })
  if (result.success) return result.data
  const outline = toJsonSchema(schema) as JsonObject
  const faults = result.error.issues.flatMap((issue) => toFaults(issue, outline))
  throw new ConfigError(faults.map((fault) => toProblem(fault, source)))
}

function parseToml({ name, text }: ConfigSource): unknown {
  try {
    return parse(text)
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown
    // Only the first line: the rest quotes the file, which may hold a secret.
    const reason = thrown.message.split('\n')[0]?.replace('Invalid TOML document: ', '') ?? ''
    const message = `this line is not valid TOML: ${reason}`
    throw new ConfigError([{ source: name, line: thrown.line, key: '', message }])
  }
}

type Fault = {
  readonly path: readonly PropertyKey[]
  readonly value?: unknown
  readonly message: string
}

/** A problem at `path` of the file; the line is found in its text. */
export function toProblem({ path, value, message }: Fault, { name, text }: ConfigSource): Problem {
  const line = lineOf(text, path, value)
  return { source: name, key: toKey(path), message, ...(line === undefined ? {} : { line }) }
}

type Issue = z.core.$ZodIssue

function toFaults(issue: Issue, outline: JsonObject, before: Issue['path'] = []): readonly Fault[] {
  const path = [...before, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(outline, path)
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `is not a known key${suggestion(key, known)}`,
    }))
  }
  if (issue.code === 'invalid_union') {
    const branch = issue.errors.find((issues) =>
      issues.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
    )
    if (branch) return branch.flatMap((inner) => toFaults(inner, outline, path))
  }
  const value = issue.input
  return [{ path, value, message: `${shown(path, value)}${toMessage(issue)}` }]
}

/** The value, unless it may be a secret or is too long to help. */
function shown(path: readonly PropertyKey[], value: unknown): string {
  if (path.some((step) => /key|headers/.test(String(step)))) return ''
  if (!['string', 'number', 'boolean'].includes(typeof value)) return ''
  return `is ${JSON.stringify(value).slice(0, 80)}; it `
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list, e.g. ["…"]',
  object: 'a table',
  record: 'a table',
}

function toMessage(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is missing; it must be ${typeNames[issue.expected] ?? issue.expected}`
        : `must be ${typeNames[issue.expected] ?? issue.expected}`
    case 'invalid_value': {
      const values = issue.values.map(String)
      const meant = typeof issue.input === 'string' ? suggestion(issue.input, values) : ''
      return `must be one of ${values.map((value) => `"${value}"`).join(', ')}${meant}`
    }
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array') return 'must not be empty'
      return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    default:
      return issue.message
  }
}

/** The keys the schema knows for the table at `path`. */
function keysAt(outline: JsonObject, path: readonly PropertyKey[]): readonly string[] {
  let here: JsonObject = outline
  for (const step of path) here = childOf(here, step)
  return alternativesOf(here).flatMap((table) => Object.keys(toJsonObject(table['properties'])))
}

function childOf(outline: JsonObject, step: PropertyKey): JsonObject {
  if (typeof step === 'number') return toJsonObject(outline['items'])
  const named = alternativesOf(outline).map(
    (table) => toJsonObject(table['properties'])[String(step)],
  )
  return toJsonObject(named.find(isJsonObject) ?? outline['additionalProperties'])
}

const alternativesOf = (outline: JsonObject): readonly JsonObject[] =>
  Array.isArray(outline['anyOf']) ? (outline['anyOf'] as JsonObject[]) : [outline]
