// What an answer ought to say, from readers that are not our codecs, and what a client of another
// dialect can see of it: tables written by hand from the vendors' references.

import type { Fixture } from '../../src/testing/index.ts'
import {
  type Answer,
  type Choice,
  type Finish,
  type Meaning,
  type RawAnswer,
  toExpectation,
} from './answer.ts'
import { readAnthropic } from './read-anthropic.ts'
import { readOpenaiChat } from './read-openai-chat.ts'

export type ClientDialect = 'openai-chat' | 'anthropic'

const readers: { readonly [D in ClientDialect]: (raw: RawAnswer) => Promise<Answer> } = {
  'openai-chat': readOpenaiChat,
  anthropic: readAnthropic,
}

/** What an official client of `dialect` understands of these bytes. */
export const readAnswer = (dialect: string, raw: RawAnswer): Promise<Answer> =>
  readers[dialect as ClientDialect](raw)

/** What a fixture's answer says: by hand where that is written, else by the oracle. */
export async function expectationOf(fixture: Fixture): Promise<Answer> {
  return fixture.expected === undefined ? readFixture(fixture) : toExpectation(fixture.expected)
}

/** What the oracle alone makes of a fixture. */
export const readFixture = (fixture: Fixture): Promise<Answer> =>
  readAnswer(fixture.dialect, {
    status: fixture.status,
    headers: { 'content-type': fixture.isStream ? 'text/event-stream' : 'application/json' },
    bytes: fixture.response,
    isStream: fixture.isStream,
  })

/** The words each client dialect has for a finish; several where more than one is right. */
const finishWords: {
  readonly [D in ClientDialect]: { readonly [F in Finish]: readonly string[] }
} = {
  'openai-chat': {
    end: ['stop'],
    'stop-sequence': ['stop'],
    length: ['length'],
    'context-full': ['length'],
    'tool-calls': ['tool_calls'],
    filter: ['content_filter'],
    refusal: ['stop', 'content_filter'],
    pause: ['stop'],
  },
  anthropic: {
    end: ['end_turn'],
    'stop-sequence': ['stop_sequence'],
    length: ['max_tokens'],
    'context-full': ['model_context_window_exceeded', 'max_tokens'],
    'tool-calls': ['tool_use'],
    filter: ['refusal'],
    refusal: ['refusal'],
    pause: ['pause_turn'],
  },
}

const anyFailure = Array.from({ length: 200 }, (_, index) => 400 + index)

/** The statuses a client may be shown for each meaning; the gateway's own credential is never its 401. */
const failureStatuses: {
  readonly [D in ClientDialect]: { readonly [M in Meaning]: readonly number[] }
} = {
  'openai-chat': {
    'bad-request': [400],
    'context-too-long': [400],
    'too-large': [413, 400],
    'bad-key': [502],
    'no-money': [402, 429],
    forbidden: [403, 502],
    'no-model': [404],
    'rate-limited': [429],
    overloaded: [503],
    broken: [500, 502],
    failed: anyFailure,
  },
  anthropic: {
    'bad-request': [400],
    'context-too-long': [400],
    'too-large': [413, 400],
    'bad-key': [500, 502],
    'no-money': [402],
    forbidden: [403, 500, 502],
    'no-model': [404],
    'rate-limited': [429],
    overloaded: [529],
    broken: [500, 502],
    failed: anyFailure,
  },
}

export type Difference = {
  readonly field: string
  readonly expected: unknown
  readonly actual: unknown
}

export type Journey = {
  readonly from: string
  readonly to: ClientDialect
  readonly isClientStream: boolean
  /** The provider's own bytes are expected, with its own words. */
  readonly isPassThrough?: boolean
}

/** Where what the client saw is not what the provider said, as far as the client's dialect can say it. */
export function compareAnswers(
  expected: Answer,
  actual: Answer,
  journey: Journey,
): readonly Difference[] {
  if (expected.failure) return compareFailure(expected, actual, journey)
  const found: Difference[] = []
  const compare = (field: string, wanted: unknown, got: unknown): void => {
    if (JSON.stringify(sorted(wanted)) !== JSON.stringify(sorted(got)))
      found.push({ field, expected: wanted, actual: got })
  }
  if (actual.failure) return [{ field: 'failure', expected: undefined, actual: actual.failure }]
  // Messages has one answer: further choices have no place there.
  const count = journey.to === 'anthropic' ? 1 : expected.choices.length
  compare('choices', count, actual.choices.length)
  expected.choices.slice(0, count).forEach((choice, index) => {
    const got = actual.choices[index]
    if (got) compareChoice(choice, got, journey, compare)
  })
  if (journey.from === journey.to) compare('opaque', expected.opaque, actual.opaque)
  compareUsage(expected, actual, journey, compare)
  return found
}

type Compare = (field: string, expected: unknown, actual: unknown) => void

function compareChoice(expected: Choice, actual: Choice, journey: Journey, compare: Compare): void {
  const hasRefusal = journey.to === 'openai-chat'
  compare('text', hasRefusal ? expected.text : expected.text + expected.refusal, actual.text)
  if (hasRefusal && journey.from === 'openai-chat')
    compare('refusal', expected.refusal, actual.refusal)
  compare('reasoning', expected.reasoning, actual.reasoning)
  const isCut = expected.finish === 'length' || expected.finish === 'context-full'
  compare(
    'toolCalls',
    expected.toolCalls,
    isCut ? actual.toolCalls.slice(0, expected.toolCalls.length) : actual.toolCalls,
  )
  const words = expected.finish ? finishWords[journey.to][expected.finish] : []
  const isSame = journey.isPassThrough === true && actual.finish === expected.finish
  if (!isSame && !words.includes(actual.rawFinish ?? '')) compare('finish', words, actual.rawFinish)
  if (journey.from !== journey.to) return
  compare('signatures', expected.signatures, actual.signatures)
  compare('redacted', expected.redacted, actual.redacted)
  compare('logprobTokens', expected.logprobTokens, actual.logprobTokens)
}

function compareUsage(expected: Answer, actual: Answer, journey: Journey, compare: Compare): void {
  // A dialect that must say numbers says an estimate where the provider said none.
  if (!expected.usage && journey.to === 'anthropic') return
  compare('usage', expected.usage, actual.usage)
}

function compareFailure(expected: Answer, actual: Answer, journey: Journey): readonly Difference[] {
  const { failure } = actual
  if (!failure) return [{ field: 'failure', expected: expected.failure, actual: 'a good answer' }]
  const statuses = failureStatuses[journey.to][expected.failure?.meaning ?? 'failed']
  const isInStream = failure.when === 'during' || failure.status === 200
  if (isInStream && !(journey.isClientStream && expected.failure?.when === 'during'))
    return [{ field: 'failure', expected: 'a status of its own', actual: failure }]
  if (!isInStream && !statuses.includes(failure.status ?? 0))
    return [{ field: 'failure.status', expected: statuses, actual: failure }]
  if ((!failure.type && journey.isPassThrough !== true) || !failure.message)
    return [{ field: 'failure.shape', expected: 'a type and a message', actual: failure }]
  const wanted = expected.choices[0]?.text ?? ''
  const got = actual.choices[0]?.text ?? ''
  return wanted.startsWith(got) ? [] : [{ field: 'text', expected: wanted, actual: got }]
}

/** The same value with object keys in order, so that texts of equal values are equal. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
