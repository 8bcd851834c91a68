// Turns a plan into the events of an answer, token by token, within the limits of the request.

import type { ChatRequest, Finish } from '../../core/chat.ts'
import type { ChatEvent, PartDelta, PartStart } from '../../core/events.ts'
import type { LocalContext } from '../../core/provider.ts'
import { reported, toUsage, type Usage } from '../../core/usage.ts'
import { simulatedCut } from './faults.ts'
import type { Plan, PlannedPart } from './models.ts'
import { countPromptTokens, toTokens } from './tokens.ts'

type LimitedPart = { readonly part: PlannedPart; readonly tokens: readonly string[] }
type LimitedPlan = {
  readonly parts: readonly LimitedPart[]
  /** Undefined when the answer is cut off before it ends. */
  readonly finish: Finish | undefined
}

/** Tokens in a row without a delay after which the rest of the process gets its turn. */
const maxBurst = 1000

/** The events of the whole answer; they just stop when the call is cancelled. */
export async function* play(
  plan: Plan,
  request: ChatRequest,
  delayMs: number,
  context: LocalContext,
): AsyncGenerator<ChatEvent, void, undefined> {
  const { services, cancellation } = context
  const limited = limit(plan, request)
  // An answer that is cut off does not come to its other choices.
  const choices = limited.finish ? (request.sampling?.choices ?? 1) : 1
  yield {
    type: 'response-start',
    id: services.id('sim'),
    model: request.model,
    createdAt: Math.floor(services.now() / 1000),
  }
  // The prompt is known from the start, and some clients are told of it there.
  yield { type: 'usage', usage: toUsage({ input: reported(countPromptTokens(request)) }) }
  let tokens = 0
  for (const event of eventsOf(limited, choices, services.id)) {
    if (event.type === 'part-delta') {
      const isPause = delayMs > 0 ? tokens > 0 : tokens % maxBurst === maxBurst - 1
      tokens += 1
      if (isPause) await pause(delayMs, context)
    }
    if (cancellation.isCancelled) return
    yield event
  }
  yield { type: 'usage', usage: countUsage(request, limited, choices) }
  if (limited.finish) yield { type: 'response-end' }
  else yield { type: 'error', error: simulatedCut(plan.cutAfter ?? 0) }
}

/** Waits; ends early when the call is cancelled. */
export const pause = (afterMs: number, { services, cancellation }: LocalContext): Promise<void> =>
  new Promise((resolve) => {
    let forget = (): void => {}
    const timer = services.timer(afterMs, () => {
      forget()
      resolve()
    })
    forget = cancellation.onCancel(() => {
      timer.clear()
      resolve()
    })
  })

function* eventsOf(
  { parts, finish }: LimitedPlan,
  choices: number,
  createId: (prefix: string) => string,
): Generator<ChatEvent, void, undefined> {
  let index = 0
  for (let choice = 0; choice < choices; choice += 1) {
    for (const { part, tokens } of parts) {
      yield { type: 'part-start', index, choice, part: toStart(part, createId) }
      for (const token of tokens) yield toDelta(part, index, token)
      // What is cut off ends where it is.
      if (!finish && part === parts.at(-1)?.part) return
      yield { type: 'part-end', index }
      index += 1
    }
    if (finish) yield { type: 'finish', choice, ...finish }
  }
}

const toStart = (part: PlannedPart, createId: (prefix: string) => string): PartStart =>
  part.type === 'tool-call'
    ? { type: 'tool-call', id: createId('call'), name: part.name, kind: part.kind }
    : { type: part.type }

const toDelta = (part: PlannedPart, index: number, token: string): PartDelta =>
  part.type === 'tool-call'
    ? { type: 'part-delta', index, arguments: token }
    : { type: 'part-delta', index, text: token }

const contentOf = (part: PlannedPart): string =>
  part.type === 'tool-call' ? part.arguments : part.text

/** Ends the answer at a stop sequence, at the most tokens, or where it is to be cut off. */
function limit(plan: Plan, { limits = {} }: ChatRequest): LimitedPlan {
  const most = Math.max(0, limits.maxOutputTokens ?? Infinity)
  const { cutAfter = Infinity } = plan
  const room = Math.min(most, cutAfter)
  const parts: LimitedPart[] = []
  let count = 0
  for (const part of plan.parts) {
    const content = contentOf(part)
    const stop = part.type === 'text' ? findStop(content, limits.stop ?? []) : undefined
    const tokens = toTokens(stop ? content.slice(0, stop.at) : content)
    const kept = tokens.slice(0, room - count)
    count += kept.length
    if (kept.length > 0) parts.push({ part, tokens: kept })
    if (kept.length < tokens.length)
      return { parts, finish: cutAfter < most ? undefined : { reason: 'length' } }
    if (stop) return { parts, finish: { reason: 'stop-sequence', stopSequence: stop.sequence } }
  }
  // An answer too short to be cut off in its middle is cut off at its end.
  if (plan.cutAfter !== undefined) return { parts, finish: undefined }
  const hasCalls = plan.parts.some(({ type }) => type === 'tool-call')
  return { parts, finish: { reason: hasCalls ? 'tool-calls' : 'stop' } }
}

/** The stop sequence that comes first, the longer one where two begin together. */
function findStop(
  text: string,
  sequences: readonly string[],
): { readonly at: number; readonly sequence: string } | undefined {
  let first: { readonly at: number; readonly sequence: string } | undefined
  for (const sequence of sequences) {
    const at = sequence === '' ? -1 : text.indexOf(sequence)
    if (at < 0 || (first && first.at < at)) continue
    if (!first || at < first.at || sequence.length > first.sequence.length) first = { at, sequence }
  }
  return first
}

function countUsage(request: ChatRequest, { parts }: LimitedPlan, choices: number): Usage {
  const count = (isThought: boolean): number =>
    choices *
    parts
      .filter(({ part }) => (part.type === 'reasoning') === isThought)
      .reduce((total, { tokens }) => total + tokens.length, 0)
  const reasoning = count(true)
  return toUsage({
    input: reported(countPromptTokens(request)),
    output: reported(count(false)),
    reasoning: reasoning > 0 ? reported(reasoning) : undefined,
  })
}
