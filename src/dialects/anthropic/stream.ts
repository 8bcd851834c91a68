// The frames of one answer as events. A whole answer is read as the frames it would have come as.

import type { Finish } from '../../core/chat.ts'
import type { DecodeContext, Decoder, Frame } from '../../core/dialect.ts'
import { GatewayError } from '../../core/error.ts'
import type { Emit } from '../../core/events.ts'
import { toExtensions } from '../../core/extensions.ts'
import {
  isJsonObject,
  type Json,
  type JsonObject,
  parseJson,
  toJsonArray,
  toJsonObject,
} from '../../core/json.ts'
import { createBlocks } from './blocks.ts'
import { decodeStreamError } from './error.ts'
import { dialectId, reasonOf } from './names.ts'
import { createUsageReader, usageExtras } from './usage.ts'

const messageKeys = new Set([
  'id',
  'type',
  'role',
  'model',
  'content',
  'stop_reason',
  'stop_sequence',
  'stop_details',
  'usage',
])
const deltaKeys = new Set(['stop_reason', 'stop_sequence'])
const deltaFrameKeys = new Set(['type', 'delta', 'usage'])

/** Tolerates duplicate starts, missing ends and unknown frames; also being fed only some frames. */
export function createDecoder(context: DecodeContext, emit: Emit): Decoder {
  const { target, losses, createId } = context
  const usage = createUsageReader()
  let isStarted = false
  let isOver = false
  let stop: Finish | undefined
  let extras: JsonObject = {}

  const start = (message: JsonObject): void => {
    if (isStarted) return
    isStarted = true
    const { id, model } = message as { [key: string]: Json | undefined }
    const extensions = withoutNulls({
      ...toExtensions(message, messageKeys, dialectId)?.fields,
      ...nested('usage', usageExtras(message['usage'])),
    })
    emit({
      type: 'response-start',
      id: typeof id === 'string' && id !== '' ? id : createId('msg'),
      model: typeof model === 'string' && model !== '' ? model : target.model,
      ...(extensions ? { extensions: { dialect: dialectId, fields: extensions } } : {}),
    })
  }

  const blocks = createBlocks(context, (event) => {
    start({})
    emit(event)
  })

  const fail = (error: GatewayError): void => {
    isOver = true
    emit({ type: 'error', error })
  }

  const finish = (): void => {
    isOver = true
    start({})
    blocks.close()
    const rest = usage.leftover()
    if (rest) emit({ type: 'usage', usage: rest })
    const { reason, ...more } = stop ?? { reason: 'stop' as const }
    const fields = withoutNulls(extras)
    emit({
      type: 'finish',
      choice: 0,
      // A call is waiting for its result whatever word the server ends with.
      reason: reason === 'stop' && blocks.hasToolCalls ? 'tool-calls' : reason,
      ...more,
      ...(fields ? { extensions: { dialect: dialectId, fields } } : {}),
    })
    emit({ type: 'response-end' })
  }

  const readDelta = (fields: JsonObject): void => {
    start({})
    const delta = toJsonObject(fields['delta'])
    const counts = usage.read(fields['usage'])
    if (counts) emit({ type: 'usage', usage: counts })
    extras = {
      ...extras,
      ...toExtensions(delta, deltaKeys, dialectId)?.fields,
      ...toExtensions(fields, deltaFrameKeys, dialectId)?.fields,
      ...nested('usage', {
        ...toJsonObject(extras['usage']),
        ...usageExtras(fields['usage']),
      }),
    }
    stop = readStop(delta) ?? stop
  }

  const readStop = (delta: JsonObject): Finish | undefined => {
    const raw = delta['stop_reason']
    if (typeof raw !== 'string' || raw === '') return undefined
    const reason = reasonOf[raw]
    const sequence = delta['stop_sequence']
    if (!reason)
      losses.add('changed', 'stop_reason', `"${raw}" is not known; it was read as an end`)
    return {
      reason: reason ?? 'stop',
      raw,
      ...(typeof sequence === 'string' ? { stopSequence: sequence } : {}),
    }
  }

  const take = (type: Json | undefined, fields: JsonObject): void => {
    const index = typeof fields['index'] === 'number' ? fields['index'] : undefined
    switch (type) {
      case 'message_start': {
        const message = toJsonObject(fields['message'])
        start(message)
        const counts = usage.readStart(message['usage'])
        if (counts) emit({ type: 'usage', usage: counts })
        return
      }
      case 'content_block_start':
        return blocks.start(index, toJsonObject(fields['content_block']))
      case 'content_block_delta':
        return blocks.delta(index, toJsonObject(fields['delta']))
      case 'content_block_stop':
        return blocks.stop(index)
      case 'message_delta':
        return readDelta(fields)
      case 'message_stop':
        return finish()
      default:
        if (type === 'error' || isJsonObject(fields['error']))
          fail(decodeStreamError(fields, target.provider))
    }
  }

  const frame = ({ event, data: text }: Frame): void => {
    if (isOver || event === 'ping') return
    const trimmed = text.trim()
    // Some servers end every stream so.
    if (trimmed === '' || trimmed === '[DONE]') return
    const fields = parseJson(trimmed)
    if (isJsonObject(fields)) return take(fields['type'] ?? event, fields)
    fail(
      event === 'error'
        ? decodeStreamError(trimmed, target.provider)
        : invalid(target.provider, 'a frame that is not a JSON object'),
    )
  }

  return {
    frame,
    whole: (body) => {
      if (isOver) return
      if (!isJsonObject(body)) return fail(invalid(target.provider, 'no JSON object'))
      if (body['type'] === 'error' || isJsonObject(body['error']))
        return fail(decodeStreamError(body, target.provider))
      if (!Array.isArray(body['content']))
        return fail(
          isFailure(body)
            ? decodeStreamError(body, target.provider)
            : invalid(target.provider, 'a message without content'),
        )
      const { content, stop_reason, stop_sequence, stop_details, usage: counts, ...head } = body
      take('message_start', { message: head })
      toJsonArray(content).forEach((block, index) => {
        take('content_block_start', { index, content_block: block })
        take('content_block_stop', { index })
      })
      take('message_delta', { delta: { stop_reason, stop_sequence, stop_details }, usage: counts })
      take('message_stop', {})
    },
    end: () => {
      if (isOver) return
      // Not every server of this dialect says message_stop; all say why they stop.
      if (stop) return finish()
      fail(
        new GatewayError(
          'provider-truncated',
          `The answer of provider "${target.provider}" broke off before its end`,
          { provider: target.provider },
        ),
      )
    },
  }
}

/** Some servers tell failures under a good status, in words of their own. */
const isFailure = ({ error, msg, message, base_resp }: JsonObject): boolean =>
  isJsonObject(base_resp) || [error, msg, message].some((words) => typeof words === 'string')

const invalid = (provider: string, what: string): GatewayError =>
  new GatewayError('provider-invalid-response', `Provider "${provider}" answered with ${what}`, {
    provider,
  })

const nested = (key: string, fields: JsonObject): JsonObject =>
  Object.keys(fields).length > 0 ? { [key]: fields } : {}

/** Null says nothing; undefined when nothing is left. */
function withoutNulls(fields: JsonObject): JsonObject | undefined {
  const said = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
  return said.length > 0 ? Object.fromEntries(said) : undefined
}
