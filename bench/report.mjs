// The figures of all rounds as one markdown table.

import { measures } from './measures.mjs'

const isNumber = (value) => typeof value === 'number' && Number.isFinite(value)

function median(values) {
  const known = values.filter(isNumber).toSorted((a, b) => a - b)
  const middle = known.length >> 1
  if (known.length === 0) return undefined
  return known.length % 2 === 1 ? known[middle] : (known[middle - 1] + known[middle]) / 2
}

/** One row per measure that has a figure. */
export function toRows(records) {
  const numbers = [...new Set(records.map(({ round }) => round))]
  const rounds = numbers.map(
    (number) =>
      new Map(
        records.filter(({ round }) => round === number).map((record) => [record.step, record]),
      ),
  )
  return measures.flatMap((measure) => {
    const figures = rounds.map((round) => measure.figure((name) => round.get(name)))
    const references = rounds.map((round) => measure.reference?.((name) => round.get(name)))
    const ratios = figures.map((figure, index) => figure / references[index])
    const figure = median(figures)
    if (figure === undefined) return []
    const spread = (measure.isAbsolute ? figures : ratios).filter(isNumber)
    return [
      {
        ...measure,
        value: figure,
        referenceValue: median(references),
        ratio: measure.isAbsolute ? undefined : median(ratios),
        least: Math.min(...spread),
        most: Math.max(...spread),
      },
    ]
  })
}

const show = (value) => {
  if (!isNumber(value)) return '–'
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

function verdict({ isAbsolute, value, ratio, budget, alarm }) {
  const judged = isAbsolute ? value : ratio
  if (!isNumber(judged)) return '–'
  if (alarm !== undefined && judged > alarm) return '**ALARM**'
  if (budget !== undefined) return judged <= budget ? 'within' : '**over**'
  return alarm === undefined ? '–' : 'within'
}

const limit = (value, isAbsolute, unit) =>
  value === undefined ? '–' : isAbsolute ? `${value} ${unit}` : `${value} ×`

/** The table. Medians over the rounds; the range beside is that of the judged figure. */
export function toTable(rows) {
  const head = [
    '| measure | figure | compared with | ratio | range | budget | alarm | |',
    '|---|---|---|---|---|---|---|---|',
  ]
  const lines = rows.map((row) => {
    const { label, unit, value, referenceValue, against, ratio, least, most } = row
    const compared = isNumber(referenceValue) ? `${against} ${show(referenceValue)} ${unit}` : '–'
    const range = isNumber(least) && least <= most ? `${show(least)}–${show(most)}` : '–'
    const limits = [row.budget, row.alarm].map((one) => limit(one, row.isAbsolute, unit))
    const shown = isNumber(ratio) ? `${show(ratio)} ×` : '–'
    return `| ${[label, `${show(value)} ${unit}`, compared, shown, range, ...limits, verdict(row)].join(' | ')} |`
  })
  return [...head, ...lines].join('\n')
}

/** What makes figures doubtful, one sentence each. */
export function toWarnings(records, steps) {
  const modes = new Map(steps.map((step) => [step.name, step.mode]))
  return records.flatMap((record) => {
    const { step, round, bad, reasons, otherCores, mode, error } = record
    const place = `${step}, round ${round}`
    if (error) return [`${place}: ${error}`]
    const wanted = modes.get(step)
    return [
      ...(bad > 0 ? [`${place}: ${bad} bad answers (${JSON.stringify(reasons)})`] : []),
      ...(otherCores > 0.3 ? [`${place}: others used ${otherCores.toFixed(2)} cores`] : []),
      ...(mode && wanted && mode !== wanted
        ? [`${place}: rendered by ${mode}, not ${wanted}`]
        : []),
    ]
  })
}
