// Reads the frames of an answer into events. A whole answer is one chunk whose message is its delta.

import type { Finish } from '../../core/chat.ts'
import type { DecodeContext, Decoder, Frame } from '../../core/dialect.ts'
import { type ErrorKind, GatewayError } from '../../core/error.ts'
import type { Emit } from '../../core/events.ts'
import {
  isJsonObject,
  type Json,
  type JsonObject,
  parseJson,
  toJsonArray,
  toJsonObject,
} from '../../core/json.ts'
import { createSequencer } from '../../core/sequence.ts'
import { type ChoiceReader, createChoiceReader } from './choice-reader.ts'
import { decodeAnswerError } from './error-decode.ts'
import { toOwnExtensions, unknownFields } from './names.ts'
import { decodeFinish } from './response.ts'
import { decodeUsage } from './usage.ts'

const chunkFields: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'error',
  'obfuscation',
  'base_resp',
])
const choiceFields: ReadonlySet<string> = new Set([
  'index',
  'delta',
  'message',
  'finish_reason',
  'logprobs',
  'usage',
  'error',
  'stop_reason',
  'matched_stop',
])

/** Where servers that search tell what they found. */
const sourceFields = ['search_results', 'citations', 'web_search'] as const

/** What the chunks say about the answer as a whole. */
type Head = { id: string; model: string; createdAt: number | undefined }

/** Some servers tell usage only inside a field of their own, whose name begins with `x_`. */
function vendorUsage(chunk: JsonObject): Json | undefined {
  for (const key in chunk) {
    if (key.startsWith('x_')) return toJsonObject(chunk[key])['usage']
  }
  return undefined
}

const textAt = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

const speaks = (choice: JsonObject): boolean =>
  textAt(toJsonObject(choice['message'])['content']).trim() !== ''

/**
 * The choices with their numbers. Choices without one are the pieces of a single answer (text in one,
 * calls in the next) unless two of them speak: then they are answers in their order.
 */
function numbered(list: readonly Json[]): readonly (readonly [JsonObject, number])[] {
  const choices = list.filter(isJsonObject)
  const isSeveral = choices.filter(speaks).length > 1
  return choices.map((choice, position) => {
    const index = choice['index']
    return [choice, typeof index === 'number' ? index : isSeveral ? position : 0]
  })
}

/**
 * The end mark is `finish_reason`. Servers write `[DONE]` after whatever happened, so a stream with
 * that alone was cut short; a whole answer without a reason has all its text and ends with `stop`.
 */
export function createDecoder(context: DecodeContext, emit: Emit): Decoder {
  const { profile, target, losses } = context
  const head: Head = { id: '', model: '', createdAt: undefined }
  const readers = new Map<number, ChoiceReader>()
  const finishes = new Map<number, Finish>()
  let extensions: Record<string, JsonObject[string]> = {}
  let sources: readonly Json[] = []
  let failedWord: string | undefined
  let isStarted = false
  let isOver = false

  // The opening waits for the first content: until then an error can still be an error.
  const start = (): void => {
    if (isStarted) return
    isStarted = true
    const known = toOwnExtensions(extensions)
    extensions = {}
    emit({
      type: 'response-start',
      id: head.id || context.createId('chatcmpl'),
      model: head.model || target.model,
      ...(head.createdAt === undefined ? {} : { createdAt: head.createdAt }),
      ...(known ? { extensions: known } : {}),
    })
  }

  const sequencer = createSequencer((event) => {
    if (!isStarted) start()
    emit(event)
  }, context.createId)

  const fail = (error: GatewayError): void => {
    isOver = true
    emit({ type: 'error', error })
  }

  const readHead = (chunk: JsonObject): void => {
    if (head.id === '') head.id = textAt(chunk['id'])
    if (head.model === '') head.model = textAt(chunk['model'])
    const created = chunk['created']
    if (head.createdAt === undefined && typeof created === 'number' && created > 0)
      head.createdAt = Math.floor(created)
    for (const key in chunk) {
      const value = chunk[key]
      if (chunkFields.has(key) || value === null || value === undefined) continue
      extensions[key] = value
    }
    // Repeated in every chunk, or told once; the fuller list says titles too.
    const told = sourceFields.map((field) => toJsonArray(chunk[field])).find((list) => list.length)
    if (told) sources = told
  }

  const readUsage = (wire: Json | undefined): void => {
    if (!isJsonObject(wire)) return
    const decoded = decodeUsage(wire, profile)
    if (!decoded) return
    start()
    emit({ type: 'usage', usage: decoded })
  }

  const readFinish = (index: number, choice: JsonObject): void => {
    const word = choice['finish_reason']
    if (typeof word !== 'string' || word === '' || word === 'null') return
    const reason = decodeFinish(word, losses)
    if (reason === 'failed') {
      failedWord = word
      return
    }
    const stop = choice['stop_reason'] ?? choice['matched_stop']
    const own = unknownFields(choice, choiceFields)
    finishes.set(index, {
      reason: reason === 'stop' && typeof stop === 'string' ? 'stop-sequence' : reason,
      raw: word,
      ...(typeof stop === 'string' && reason === 'stop' ? { stopSequence: stop } : {}),
      ...(own ? { extensions: own } : {}),
    })
  }

  const readChoice = (choice: JsonObject, index: number, isWhole: boolean): void => {
    let reader = readers.get(index)
    if (!reader) {
      reader = createChoiceReader(index, sequencer, context)
      readers.set(index, reader)
    }
    const { delta, message } = choice as { delta?: Json; message?: Json }
    if (isJsonObject(delta) && !(isWhole && isJsonObject(message))) reader.read(delta, isWhole)
    // Some servers repeat the whole message at the end of a stream, or send nothing else.
    if (isJsonObject(message) && (isWhole || !reader.hasContent)) reader.read(message, true)
    if (isJsonObject(choice['logprobs'])) reader.logprobs(choice['logprobs'])
    readFinish(index, choice)
    readUsage(choice['usage'])
  }

  const readChunk = (chunk: JsonObject, isError: boolean, isWhole: boolean): void => {
    const error = decodeAnswerError(chunk, target.provider, isError)
    if (error) {
      if (isStarted) readUsage(chunk['usage'])
      fail(error)
      return
    }
    readHead(chunk)
    for (const [choice, index] of numbered(toJsonArray(chunk['choices'])))
      readChoice(choice, index, isWhole)
    readUsage(chunk['usage'] ?? vendorUsage(chunk))
  }

  /** The reason as the whole answer shows it: servers end calls and refusals with "stop". */
  const settle = (index: number, finish: Finish): Finish => {
    if (finish.reason !== 'stop') return finish
    if (sequencer.hasTools(index)) return { ...finish, reason: 'tool-calls' }
    return readers.get(index)?.hasRefusal ? { ...finish, reason: 'refusal' } : finish
  }

  const complete = (): void => {
    isOver = true
    readers.get(0)?.cite(sources)
    for (const reader of readers.values()) reader.flush()
    sequencer.close()
    start()
    for (const [choice, finish] of finishes)
      emit({ type: 'finish', choice, ...settle(choice, finish) })
    const more = toOwnExtensions(extensions)
    emit(more ? { type: 'response-end', extensions: more } : { type: 'response-end' })
  }

  const broken = (kind: ErrorKind, what: string): void =>
    fail(
      new GatewayError(kind, `Provider "${target.provider}" ${what}`, {
        provider: target.provider,
      }),
    )

  const finish = (): void => {
    if (isOver) return
    if (failedWord !== undefined)
      return broken('provider-failed', `ended its answer with "${failedWord}"`)
    const isUnfinished = [...readers].some(
      ([index, { hasContent }]) => hasContent && !finishes.has(index),
    )
    if (finishes.size > 0 && !isUnfinished) complete()
    else broken('provider-truncated', 'stopped in the middle of its answer')
  }

  return {
    frame: ({ event, data }: Frame) => {
      if (isOver) return
      const text = data.charCodeAt(0) === 123 ? data : data.trim()
      if (text === '') return
      if (text === '[DONE]') return finish()
      const parsed = parseJson(text)
      const chunk = Array.isArray(parsed) ? (parsed as readonly Json[])[0] : parsed
      if (isJsonObject(chunk)) readChunk(chunk, event === 'error', false)
      else broken('provider-invalid-response', 'sent a piece of its answer that is not JSON')
    },
    whole: (body) => {
      if (isOver) return
      const answer = Array.isArray(body) ? (body as readonly Json[])[0] : body
      if (!isJsonObject(answer)) return broken('provider-invalid-response', 'sent no answer')
      readChunk(answer, false, true)
      if (isOver) return
      if (readers.size === 0)
        return broken('provider-invalid-response', 'sent an answer without choices')
      for (const [index] of readers) {
        if (!finishes.has(index) && failedWord === undefined)
          finishes.set(index, { reason: 'stop' })
      }
      finish()
    },
    end: finish,
  }
}
