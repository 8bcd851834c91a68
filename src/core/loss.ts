// What did not survive the way to a target or back. Losses are values: collected during a call,
// told to the caller, and refused in strict mode.

export type LossKind = 'dropped' | 'changed' | 'emulated' | 'estimated'

export type Loss = {
  readonly kind: LossKind
  /** The field or feature, in the client's own spelling where it has one, e.g. `top_k`. */
  readonly what: string
  /** One sentence for a person: why, and what was done instead. */
  readonly why: string
}

/** Collects the losses of one attempt. The same loss is kept once. */
export type Losses = {
  add(kind: LossKind, what: string, why: string): void
  readonly list: readonly Loss[]
}

export function createLosses(): Losses {
  const list: Loss[] = []
  return {
    list,
    add: (kind, what, why) => {
      if (!list.some((loss) => loss.kind === kind && loss.what === what))
        list.push({ kind, what, why })
    },
  }
}

/** Emulated and estimated things keep their meaning; dropped and changed ones do not. */
export const losesMeaning = (loss: Loss): boolean =>
  loss.kind === 'dropped' || loss.kind === 'changed'

const maxHeaderBytes = 1024

/** The `x-router-loss` value: `dropped:top_k, emulated:json_schema`, at most 1 KiB. */
export function toLossHeader(losses: readonly Loss[]): string {
  let text = ''
  for (const [position, { kind, what }] of losses.entries()) {
    const item = `${position === 0 ? '' : ', '}${kind}:${what.replace(/[^\x21-\x7e]/g, '_')}`
    const rest = `, +${losses.length - position} more`
    if (text.length + item.length + rest.length > maxHeaderBytes) return `${text}${rest}`
    text += item
  }
  return text
}
