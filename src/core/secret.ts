// A secret cannot be printed: logs, JSON, templates and inspectors all see the mask.

const mask = '[secret]'

export class Secret {
  readonly #value: string
  /** A short, stable name for logs and benches, e.g. the variable it came from. */
  readonly label: string

  constructor(value: string, label: string) {
    this.#value = value
    this.label = label
  }

  /** The value itself; to be called only where it goes on the wire or is compared. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return mask
  }

  toJSON(): string {
    return mask
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return mask
  }
}
