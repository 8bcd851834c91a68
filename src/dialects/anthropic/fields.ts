// Reads a client's fields and says exactly which one is wrong, and how. Null counts as absent.

import { GatewayError } from '../../core/error.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'

/** A refusal that names the field, e.g. `messages.0.role: must be …`. */
export const badField = (param: string, problem: string): GatewayError =>
  new GatewayError('bad-request', `${param}: ${problem}`, {
    code: `invalid_${param.split('.')[0]}`,
    param,
  })

/** A value as an error message shows it. */
export function show(value: Json | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

const isAbsent = (value: Json | undefined): value is null | undefined =>
  value === undefined || value === null

export function readText(object: JsonObject, key: string, param: string): string | undefined {
  const value = object[key]
  if (isAbsent(value)) return undefined
  if (typeof value !== 'string') throw badField(param, `must be a string; got ${show(value)}`)
  return value
}

/** A string that must be there and not be empty. */
export function needText(object: JsonObject, key: string, param: string): string {
  const text = readText(object, key, param)
  if (text === undefined || text === '')
    throw badField(param, `must be a non-empty string; got ${show(object[key])}`)
  return text
}

export function readNumber(object: JsonObject, key: string, param: string): number | undefined {
  const value = object[key]
  if (isAbsent(value)) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw badField(param, `must be a number; got ${show(value)}`)
  return value
}

/** A whole number, 0 or more. */
export function readCount(object: JsonObject, key: string, param: string): number | undefined {
  const value = readNumber(object, key, param)
  if (value !== undefined && (!Number.isInteger(value) || value < 0))
    throw badField(param, `must be a whole number, 0 or more; got ${show(value)}`)
  return value
}

export function readFlag(object: JsonObject, key: string, param: string): boolean | undefined {
  const value = object[key]
  if (isAbsent(value)) return undefined
  if (typeof value !== 'boolean') throw badField(param, `must be true or false; got ${show(value)}`)
  return value
}

export function readObject(object: JsonObject, key: string, param: string): JsonObject | undefined {
  const value = object[key]
  if (isAbsent(value)) return undefined
  if (!isJsonObject(value)) throw badField(param, `must be an object; got ${show(value)}`)
  return value
}

export function readList(
  object: JsonObject,
  key: string,
  param: string,
): readonly Json[] | undefined {
  const value = object[key]
  if (isAbsent(value)) return undefined
  if (!Array.isArray(value)) throw badField(param, `must be an array; got ${show(value)}`)
  return value as readonly Json[]
}

/** `value` as an object with a string `type`. */
export function needBlock(value: Json | undefined, param: string): JsonObject & { type: string } {
  if (!isJsonObject(value)) throw badField(param, `must be an object; got ${show(value)}`)
  if (typeof value['type'] !== 'string')
    throw badField(`${param}.type`, `must be a string; got ${show(value['type'])}`)
  return value as JsonObject & { type: string }
}
