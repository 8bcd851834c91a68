// Named ways clients can ask for: those of the file, and `auto`.

import type { Route, Strategy } from '../core/route.ts'
import { createAutoRoute } from './auto-route.ts'
import type { Report } from './catalogue.ts'
import type { Configuration } from './load.ts'
import { findTarget, type UpstreamNames } from './targets.ts'
import type { Candidate } from './upstreams.ts'

/** Takes note of a flag or variable whose value cannot be used. */
export type Refuse = (source: string, key: string, message: string) => void

export type RouteContext = {
  readonly configuration: Configuration
  readonly strategies: readonly Strategy[]
  readonly candidates: readonly Candidate[]
  readonly names: UpstreamNames
  readonly report: Report
  readonly refuse: Refuse
  readonly notice: (text: string) => void
}

/** The file's routes and `auto`. */
export function createAllRoutes(context: RouteContext): ReadonlyMap<string, Route> {
  const { configuration, strategies, candidates, names, refuse, notice } = context
  const routes = createRoutes(context)
  const written = routes.get('auto')
  const auto = createAutoRoute({
    configuration,
    candidates,
    names,
    ...(written ? { written } : {}),
    strategies: {
      inOrder: strategyNamed(strategies, 'priority'),
      spread: strategyNamed(strategies, 'least-busy'),
    },
    refuse,
    notice,
  })
  return new Map([...routes, ['auto', auto]])
}

function createRoutes({
  configuration: { file, source },
  strategies,
  names,
  report,
}: RouteContext): ReadonlyMap<string, Route> {
  const routes = Object.entries(file.routes ?? {}).map(([name, table]) => {
    const targets = table.targets.flatMap((written, index) => {
      const text = typeof written === 'string' ? written : written.model
      const weight = typeof written === 'string' ? undefined : written.weight
      const found = findTarget(text, names, weight)
      if (found.isFound) return [found.target]
      report(['routes', name, 'targets', index], found.reason, text)
      return []
    })
    const strategy = strategyNamed(strategies, table.strategy ?? 'priority')
    const reason = `[routes.${name}] in ${source.name}`
    return [name, { name, strategy, targets, reason }] as const
  })
  return new Map(routes)
}

/** The strategy of that name. Throws a TypeError when the list lacks it. */
export function strategyNamed(strategies: readonly Strategy[], name: string): Strategy {
  const found = strategies.find((strategy) => strategy.name === name)
  if (!found) throw new TypeError(`The list of strategies lacks "${name}"`)
  return found
}
