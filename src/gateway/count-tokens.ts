// Counts a prompt's tokens: the target's own count where it has one, else an estimate that says so.
// Always answers, and never moves anybody's health: clients compact their context by it.

import type { ChatCall, OperationCall, Reply } from '../core/call.ts'
import type { HeaderFields } from '../core/dialect.ts'
import { GatewayError } from '../core/error.ts'
import { parseJson, toJsonObject } from '../core/json.ts'
import type { Target } from '../core/provider.ts'
import type { Ranked } from '../core/route.ts'
import { inputTokens } from '../core/usage.ts'
import { ask } from './ask.ts'
import type { EngineSettings } from './attempt/engine-settings.ts'
import { type Prepared, prepare } from './attempt/prepare.ts'
import { hopWith, toHeaderValue } from './headers.ts'

const countTimeoutMs = 20_000

export async function countTokens(
  call: OperationCall,
  ranked: readonly Ranked[],
  settings: EngineSettings,
): Promise<Reply> {
  const { countTokens: operation } = call.dialect
  const target = ranked[0]?.target
  if (!operation || !target)
    throw new GatewayError('not-found', 'This dialect has no token counting')
  const native = await countNatively(call, target, settings)
  // A request that is wrong is no prompt of any length.
  if (native === undefined) call.request()
  const tokens = native ?? call.estimateInput()
  return wholeReply(JSON.stringify(operation.encode(tokens)), {
    'content-type': 'application/json',
    'x-router-request-id': call.id,
    'x-router-provider': target.upstream.id,
    'x-router-model': toHeaderValue(target.model),
    ...(native === undefined ? { 'x-router-loss': 'estimated:input_tokens' } : {}),
  })
}

/** The target's own count; undefined when it has none. A request it calls wrong is the client's to mend. */
async function countNatively(
  call: OperationCall,
  target: Target,
  settings: EngineSettings,
): Promise<number | undefined> {
  const { upstream, model } = target
  const { dialect } = call
  const face = upstream.faces.find((one) => one.dialect === dialect.id)
  if (!face || face.paths['count-tokens'] === undefined || upstream.missingKey !== undefined)
    return undefined
  try {
    const { body, headers } = toQuestion(call, target, settings)
    const answer = await ask(
      {
        upstream,
        face,
        dialect,
        operation: call.operation,
        model,
        body,
        headers,
        timeoutMs: countTimeoutMs,
        cancellation: call.cancellation,
      },
      settings.services,
      hopWith(call.headers, settings.hop),
    )
    if (answer.status >= 300) throw dialect.error.decode(answer, upstream.id)
    const usage = dialect.countTokens?.decode(answer.body)
    return usage && inputTokens(usage)
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.fault === 'client') throw thrown
    const reason = String(thrown)
    settings.services.log.debug(
      { call: call.id, provider: upstream.id, reason },
      'tokens are estimated',
    )
    return undefined
  }
}

/** The body is made just as the chat's would be, so that what is counted is what would be sent. */
function toQuestion(
  call: OperationCall,
  target: Target,
  { dialects, parts }: EngineSettings,
): Pick<Prepared, 'body' | 'headers'> {
  const chat: ChatCall = { ...call, operation: 'chat', isStream: false, isRewritten: false }
  const prepared = prepare(chat, target, { dialects, adaptations: parts.adaptations }, [])
  const toBody = call.dialect.countTokens?.body
  if (prepared.wasForwarded || !toBody) return prepared
  const encoded = toJsonObject(parseJson(Buffer.from(prepared.body).toString('utf8')))
  return { headers: prepared.headers, body: Buffer.from(JSON.stringify(toBody(encoded))) }
}

/** A reply whose body is at hand. */
function wholeReply(body: string, headers: HeaderFields): Reply {
  return {
    status: 200,
    headers,
    body,
    trailerNames: [],
    start: () => {},
    resume: () => {},
    cancel: () => {},
  }
}
