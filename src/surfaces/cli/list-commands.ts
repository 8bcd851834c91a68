// `dragoman models` and `dragoman providers`: what clients may name, and what is behind it.

import { tableOf } from '../../config/catalogue.ts'
import type { LoadRequest } from '../../config/load.ts'
import type { ProviderTable } from '../../config/schema.ts'
import { isReference } from '../../config/secrets.ts'
import { createGatewayServices } from '../../config/services.ts'
import { loadParts } from '../../config/start.ts'
import type { ModelCard } from '../../core/dialect.ts'
import type { Upstream } from '../../core/provider.ts'
import { createGateway } from '../../gateway/gateway.ts'
import type { Parts } from '../../gateway/parts.ts'
import { createLogger } from './logger.ts'
import { type Cell, type Terminal, toTable } from './terminal.ts'

type Printing = { readonly isJson: boolean; readonly terminal: Terminal }

/** Prints routes, then every model of every provider; asks those whose list is not in the file. */
export async function printModels(
  request: LoadRequest,
  { isJson, terminal }: Printing,
): Promise<void> {
  const loaded = loadParts(request, createGatewayServices())
  const { logFormat, logLevel } = loaded.configuration.settings
  const log = createLogger(logFormat, logLevel, terminal)
  const gateway = createGateway(loaded.parts, createGatewayServices(log))
  try {
    const models = (await gateway.models()).map((card) => toModelRow(card, loaded.parts))
    if (isJson) terminal.out(toJson(models))
    else terminal.out(toTable(['name', 'answered by'], models.map(toModelCells), terminal))
  } finally {
    await gateway.close()
  }
}

function toModelRow({ id, provider }: ModelCard, { routes, upstreams }: Parts) {
  const route = routes.get(id)
  if (route) {
    const targets = route.targets.map((target) => target.id)
    return { id, kind: 'route', targets, reason: route.reason } as const
  }
  const meant = upstreams.get(provider)?.aliases[id]
  return meant === undefined
    ? ({ id, kind: 'model', provider } as const)
    : ({ id, kind: 'alias', targets: [`${provider}/${meant}`] } as const)
}

const toModelCells = (row: ReturnType<typeof toModelRow>): readonly string[] => [
  row.id,
  row.kind === 'model' ? row.provider : `→ ${row.targets.join(', ')}`,
]

/** Prints every provider: ready, or what it lacks. Names of keys are shown, keys never. */
export function printProviders(request: LoadRequest, { isJson, terminal }: Printing): void {
  const { parts, keyless, configuration } = loadParts(request, createGatewayServices())
  const upstreams = [...parts.upstreams.values(), ...keyless]
  if (isJson) {
    terminal.out(toJson(upstreams.map(toProviderRow)))
    return
  }
  const { green, yellow } = terminal.colors
  const rows = upstreams.map((upstream): readonly Cell[] => {
    const { id, missingKey, defaultModel, faces } = upstream
    const hosts = new Set(faces.map(({ origin }) => new URL(origin).host))
    return [
      id,
      missingKey === undefined
        ? { text: 'ready', paint: green }
        : { text: 'no key', paint: yellow },
      toKeyCell(upstream, tableOf(upstream, configuration.file.providers)),
      defaultModel || '-',
      [...hosts].join(', ') || 'in this process',
    ]
  })
  const heading = ['provider', 'state', 'key', 'default model', 'host']
  terminal.out(toTable(heading, rows, terminal))
}

/** The keys in use, else where the missing one is looked for. */
function toKeyCell({ keys, missingKey, provider }: Upstream, table?: ProviderTable): string {
  if (keys.length > 0) return keys.map((key) => key.label).join(', ')
  if (missingKey === undefined) return 'none needed'
  const written = [table?.api_key, ...(table?.api_keys ?? [])].flatMap((text) =>
    text !== undefined && isReference(text) ? [text.replace(/^env:/, '')] : [],
  )
  const known = provider.kind === 'wire' ? provider.keyVariables.slice(0, 1) : []
  return (written.length > 0 ? written : known).join(', ') || '-'
}

const toProviderRow = ({ id, label, keys, missingKey, faces, defaultModel }: Upstream) => ({
  id,
  label,
  isReady: missingKey === undefined,
  ...(missingKey === undefined ? {} : { missing: missingKey }),
  keys: keys.map((key) => key.label),
  dialects: faces.map(({ dialect }) => dialect),
  addresses: faces.map(({ origin }) => origin),
  defaultModel,
})

/** As `--json` prints: for programs, yet readable. */
export const toJson = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`
