// What the checkers of each dialect's streams share: their type, and tolerant reading of JSON.

/** What the client asked for, as far as its stream must show it. */
export type FrameExpectations = {
  /** The client asked to see usage in the stream. */
  readonly wantsUsage?: boolean
}

/** Every way in which a stream's body breaks its dialect's rules, each one sentence; empty when none. */
export type FrameChecker = (body: string, expectations?: FrameExpectations) => readonly string[]

export type Fields = { readonly [key: string]: unknown }

/** The object at `value`, or an empty one. */
export const toFields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

/** The array at `value`, or an empty one. */
export const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Parsed JSON, or undefined. */
export const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
