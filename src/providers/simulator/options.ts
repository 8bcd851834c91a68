// Reads what is asked of the simulator out of the model's name: `lorem?tokens=200&delay=20ms`.

import { GatewayError } from '../../core/error.ts'

type OptionReader = {
  /** Undefined when the text is not acceptable. */
  readonly read: (text: string) => number | undefined
  readonly accepts: string
}

const maxDurationMs = 3_600_000
const unitsMs: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

const whole = (least: number, most: number): OptionReader => ({
  read: (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    return value >= least && value <= most ? value : undefined
  },
  accepts: `a whole number from ${least} to ${most}`,
})

function readDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const afterMs = text === '0' ? 0 : Number(amount) * (unitsMs[unit ?? ''] ?? Number.NaN)
  return afterMs <= maxDurationMs ? afterMs : undefined
}

const duration: OptionReader = {
  read: readDuration,
  accepts: 'a duration of at most an hour, such as 20ms or 1.5s',
}
const seconds: OptionReader = {
  read: (text) => readDuration(/^\d+(?:\.\d+)?$/.test(text) ? `${text}s` : text),
  accepts: 'seconds, or a duration such as 500ms',
}
const rate: OptionReader = {
  read: (text) => {
    const value = /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN
    return value <= 1 ? value : undefined
  },
  accepts: 'a number from 0 to 1',
}

/** Every option there is. Durations are read as milliseconds. */
const readers = {
  /** Words of the answer. */
  tokens: whole(0, 100_000),
  /** Between one token and the next. */
  delay: duration,
  /** Before anything at all comes, a failure included. */
  wait: duration,
  /** How many tools are called at once. */
  parallel: whole(1, 16),
  status: whole(400, 599),
  retry_after: seconds,
  rate,
  /** Tokens that come before the answer is cut off. */
  after: whole(0, 100_000),
} as const satisfies Record<string, OptionReader>

export type OptionName = keyof typeof readers
export type Options = { readonly [N in OptionName]?: number }

const isOptionName = (name: string): name is OptionName => Object.hasOwn(readers, name)

/** A model's plain name and the text of its options. */
export function splitModel(model: string): { readonly name: string; readonly query: string } {
  const mark = model.indexOf('?')
  return mark < 0
    ? { name: model, query: '' }
    : { name: model.slice(0, mark), query: model.slice(mark + 1) }
}

/** Throws `bad-request` naming the option at fault and what would be accepted. */
export function readOptions(name: string, query: string, accepted: readonly OptionName[]): Options {
  const options: { [N in OptionName]?: number } = {}
  for (const [option, text] of new URLSearchParams(query)) {
    if (!isOptionName(option) || !accepted.includes(option)) {
      throw refuse(`The model "sim/${name}" has no option "${option}"; it has ${listOf(accepted)}`)
    }
    if (options[option] !== undefined)
      throw refuse(`The option "${option}" of "sim/${name}" is given twice; give it once`)
    const value = readers[option].read(text)
    if (value === undefined) {
      throw refuse(
        `The option "${option}" of "sim/${name}" is "${text}"; it must be ${readers[option].accepts}`,
      )
    }
    options[option] = value
  }
  return options
}

const listOf = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ')

const refuse = (message: string): GatewayError =>
  new GatewayError('bad-request', message, { param: 'model', provider: 'sim' })
