// What is wrong with a configuration: where, which value, and what would be right.

export type Problem = {
  /** The file, or the variable or flag the value came from. */
  readonly source: string
  /** Counted from 1; undefined when the value stands in no file. */
  readonly line?: number
  /** The key as it is written, e.g. `server.port`; empty for the file as a whole. */
  readonly key: string
  /** What was wrong, with which value, and what would be right. */
  readonly message: string
}

/** A configuration that cannot be used; nothing has been changed. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(toLine).join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** `dragoman.toml:7: server.prot is not a known key (did you mean "port"?)` */
export function toLine({ source, line, key, message }: Problem): string {
  const place = line === undefined ? source : `${source}:${line}`
  return key === '' ? `${place}: ${message}` : `${place}: ${key} ${message}`
}

const bareKey = /^[A-Za-z0-9_-]+$/

/** A path as TOML writes it: `providers."my lab".models[2]`. */
export const toKey = (path: readonly PropertyKey[]): string =>
  path
    .map((step, position) => {
      if (typeof step === 'number') return `[${step}]`
      const name = bareKey.test(String(step)) ? String(step) : JSON.stringify(String(step))
      return position === 0 ? name : `.${name}`
    })
    .join('')
