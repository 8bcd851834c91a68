// What an answer says, in no dialect's words: what oracles and hand-written expectations agree on.

export type ToolCall = { readonly name: string; readonly arguments: unknown }

export type Finish =
  | 'end'
  | 'stop-sequence'
  | 'length'
  | 'context-full'
  | 'tool-calls'
  | 'filter'
  | 'refusal'
  | 'pause'

export type Choice = {
  readonly text: string
  readonly reasoning: string
  readonly refusal: string
  readonly toolCalls: readonly ToolCall[]
  readonly finish?: Finish
  /** The word on the wire. */
  readonly rawFinish?: string
  readonly signatures: readonly string[]
  readonly redacted: readonly string[]
  readonly logprobTokens: readonly string[]
}

/** Whole input and whole output, each with the parts that are told apart. */
export type Usage = {
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly output: number
  readonly reasoning: number
}

export type Meaning =
  | 'bad-request'
  | 'context-too-long'
  | 'too-large'
  | 'bad-key'
  | 'no-money'
  | 'forbidden'
  | 'no-model'
  | 'rate-limited'
  | 'overloaded'
  | 'broken'
  | 'failed'

export type Failure = {
  /** `before` any content, as a status of its own; `during` the stream. */
  readonly when: 'before' | 'during'
  readonly meaning: Meaning
  readonly status?: number
  readonly type?: string
  readonly code?: string
  readonly message?: string
}

export type Answer = {
  readonly choices: readonly Choice[]
  readonly usage?: Usage
  /** Types of blocks only the dialect itself understands. */
  readonly opaque: readonly string[]
  readonly failure?: Failure
  /** Whose parser understood it: the official SDK's, or our short fold where the SDK gives up. */
  readonly reader?: 'sdk' | 'fold'
}

/** What came back from an HTTP call, whoever answered. */
export type RawAnswer = {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly bytes: Uint8Array
  readonly isStream: boolean
}

export type Json = { readonly [key: string]: unknown }

export const toFields = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
export const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const toText = (value: unknown): string => (typeof value === 'string' ? value : '')
export const toNumber = (value: unknown): number => (typeof value === 'number' ? value : 0)

export const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const emptyChoice: Choice = {
  text: '',
  reasoning: '',
  refusal: '',
  toolCalls: [],
  signatures: [],
  redacted: [],
  logprobTokens: [],
}

/** A hand-written `expected.json`: what it leaves out is empty. */
export function toExpectation(json: unknown): Answer {
  const { choices, usage, opaque, error } = toFields(json)
  const list = toList(choices).map((choice) => {
    const { opaque: _opaque, ...rest } = toFields(choice)
    return { ...emptyChoice, ...rest }
  })
  const opaqueTypes = toList(opaque ?? toFields(toList(choices)[0])['opaque']) as readonly string[]
  return {
    choices: list.length > 0 ? list : [emptyChoice],
    opaque: opaqueTypes,
    ...(usage
      ? {
          usage: {
            input: 0,
            cacheRead: 0,
            cacheWrite: 0,
            output: 0,
            reasoning: 0,
            ...toFields(usage),
          },
        }
      : {}),
    ...(error ? { failure: error as Failure } : {}),
  }
}

/** A failure's meaning by its status and words, as both vendors document them. */
export function toMeaning(status: number, text: string): Meaning {
  if (/maximum context length|prompt is too long|context_length/i.test(text))
    return 'context-too-long'
  if (/insufficient_quota|credit balance/i.test(text)) return 'no-money'
  return byStatus[status] ?? (status >= 500 ? 'broken' : 'bad-request')
}

const byStatus: { readonly [status: number]: Meaning } = {
  401: 'bad-key',
  402: 'no-money',
  403: 'forbidden',
  404: 'no-model',
  413: 'too-large',
  429: 'rate-limited',
  503: 'overloaded',
  529: 'overloaded',
}
