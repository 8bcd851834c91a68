// `dragoman models` and `dragoman providers`: what clients may name, and what is behind it.

import type { LoadRequest } from '../../config/load.ts'
import { createGatewayServices } from '../../config/services.ts'
import { loadParts } from '../../config/start.ts'
import type { Upstream } from '../../core/provider.ts'
import { createGateway } from '../../gateway/gateway.ts'
import { type Terminal, toTable } from './terminal.ts'

type Printing = { readonly isJson: boolean; readonly terminal: Terminal }

/** Prints routes, then every model of every provider; asks those whose list is not in the file. */
export async function printModels(
  request: LoadRequest,
  { isJson, terminal }: Printing,
): Promise<void> {
  const services = createGatewayServices()
  const { parts } = loadParts(request, services)
  const gateway = createGateway(parts, services)
  try {
    const cards = await gateway.models()
    const models = cards.map(({ id, provider }) => {
      const route = parts.routes.get(id)
      return route
        ? {
            id,
            kind: 'route',
            targets: route.targets.map((target) => target.id),
            reason: route.reason,
          }
        : { id, kind: 'model', provider }
    })
    if (isJson) terminal.out(toJson(models))
    else
      terminal.out(
        toTable(
          models.map((row) => [
            row.id,
            'targets' in row ? `→ ${row.targets?.join(', ')}` : (row.provider ?? ''),
          ]),
        ),
      )
  } finally {
    await gateway.close()
  }
}

/** Prints every provider: ready, or what it lacks. Names of keys are shown, keys never. */
export function printProviders(request: LoadRequest, { isJson, terminal }: Printing): void {
  const { parts, keyless } = loadParts(request, createGatewayServices())
  const providers = [...parts.upstreams.values(), ...keyless].map(toProviderRow)
  if (isJson) terminal.out(toJson(providers))
  else
    terminal.out(
      toTable(
        providers.map(({ id, keys, missing, defaultModel, addresses }) => [
          id,
          missing === undefined ? 'ready' : 'no key',
          keys.join(', ') || (missing === undefined ? 'needs none' : '-'),
          defaultModel || '-',
          [...new Set(addresses)].join(', ') || 'in this process',
        ]),
      ),
    )
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
