// Makes a call out of what a surface read: decodes on demand, releases exactly once.

import type { Call, Caller, ChatCall, OperationCall, Outcome } from '../core/call.ts'
import type { ChatRequest } from '../core/chat.ts'
import type { Dialect, HeaderFields, Operation } from '../core/dialect.ts'
import { estimateRequestTokens } from '../core/estimate.ts'
import type { JsonObject } from '../core/json.ts'
import { createLosses } from '../core/loss.ts'
import type { Cancellation, Logger } from '../core/services.ts'

export type CallDraft = {
  readonly id: string
  readonly dialect: Dialect
  readonly operation: Exclude<Operation, 'models'>
  readonly headers: HeaderFields
  readonly caller: Caller
  readonly isStrict: boolean
  readonly bytes: Uint8Array
  readonly fields: JsonObject
  readonly cancellation: Cancellation
  readonly receivedAtMs: number
  readonly forcedProvider?: string
}

export type OpenCall<C extends Call = Call> = {
  readonly call: C
  /** Ends the call; only the first time counts. */
  settle(outcome: Outcome): void
}

// JSON text has about this many bytes per token; low, so that the estimate errs high.
const bytesPerToken = 3

/** `log` is told of listeners that throw: what they fail to release must not keep others from it. */
export function createCall(draft: CallDraft, log?: Pick<Logger, 'error'>): OpenCall {
  const guarded = (run: (outcome: Outcome) => void, outcome: Outcome): void => {
    try {
      run(outcome)
    } catch (cause) {
      log?.error({ call: draft.id, cause }, 'a listener to the end of a call failed')
    }
  }
  const {
    dialect,
    headers,
    caller,
    isStrict,
    cancellation,
    receivedAtMs,
    forcedProvider,
    operation,
  } = draft
  const body = { bytes: draft.bytes, fields: draft.fields }
  const byteLength = draft.bytes.length
  const model = typeof draft.fields['model'] === 'string' ? draft.fields['model'].trim() : ''
  const listeners: ((outcome: Outcome) => void)[] = []
  let decoded: ChatRequest | undefined
  let isLetGo = false
  let isSettled = false

  const request = (): ChatRequest => {
    decoded ??= dialect.request.decode({ body: body.fields, headers })
    return decoded
  }
  const common = {
    id: draft.id,
    dialect,
    model,
    headers,
    caller,
    isStrict,
    body,
    receivedAtMs,
    losses: createLosses(),
    taps: [],
    notes: new Map<symbol, unknown>(),
    cancellation,
    request,
    estimateInput: () => {
      try {
        if (decoded || !isLetGo) return estimateRequestTokens(request())
      } catch {
        // What nobody can read has a length all the same.
      }
      return Math.ceil(byteLength / bytesPerToken)
    },
    letGo: () => {
      isLetGo = true
      body.bytes = new Uint8Array()
      body.fields = {}
    },
    onSettled: (run: (outcome: Outcome) => void) => {
      listeners.push(run)
    },
    // Last: what follows a spread in a literal is set one by one.
    ...(forcedProvider === undefined ? {} : { forcedProvider }),
  }
  const call: ChatCall | OperationCall =
    operation === 'chat'
      ? { ...common, operation, isStream: draft.fields['stream'] === true, isRewritten: false }
      : { ...common, operation }
  return {
    call,
    settle: (outcome) => {
      if (isSettled) return
      isSettled = true
      for (const run of listeners.splice(0)) guarded(run, outcome)
    },
  }
}
