// Starts the real gateway for a test: its own configuration, network and HTTP server on a free port.

import { assemble } from '../../src/config/assemble.ts'
import { createEnvironment } from '../../src/config/environment.ts'
import { builtIn } from '../../src/config/lists.ts'
import { toConfiguration } from '../../src/config/load.ts'
import type { LogFields, Logger, Services } from '../../src/core/services.ts'
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts'
import { createServices } from '../../src/gateway/services.ts'
import { createTransport } from '../../src/gateway/transport.ts'
import { createMemoryLedger } from '../../src/stores/memory-ledger.ts'
import { listen } from '../../src/surfaces/http/node.ts'
import { waitUntil } from './wait-until.ts'

export type TestGateway = {
  /** `http://127.0.0.1:port`. */
  readonly address: string
  readonly gateway: Gateway
  /** What the gateway noted of each call that is over, oldest first: mode, usage, status, losses. */
  readonly outcomes: readonly LogFields[]
  /** Waits until the last call's outcome is noted, and returns it. */
  lastOutcome(count: number): Promise<LogFields>
  /** Fails unless calls, upstream requests and slots all come to rest. */
  expectIdle(): Promise<void>
  close(): Promise<void>
}

/**
 * `config` is what `dragoman.toml` would say, as a table; nothing of this machine is discovered.
 * `changes` replace services, e.g. the clock.
 */
export async function startGateway(
  config: Readonly<Record<string, unknown>>,
  variables: Readonly<Record<string, string>> = {},
  changes: Partial<Services> = {},
): Promise<TestGateway> {
  const outcomes: LogFields[] = []
  const services = {
    ...createServices(noting(outcomes)),
    ...changes,
    ledger: createMemoryLedger(),
    transport: createTransport(),
  }
  const configuration = toConfiguration(
    { discover: { enabled: false }, ...config },
    createEnvironment(variables),
    builtIn,
  )
  const gateway = createGateway(assemble(configuration, builtIn, services).parts, services)
  const listening = await listen(gateway, { host: '127.0.0.1', port: 0 })
  return {
    address: `http://127.0.0.1:${listening.port}`,
    gateway,
    outcomes,
    lastOutcome: async (count) => {
      await waitUntil(() => outcomes.length >= count, true)
      return outcomes[count - 1] ?? {}
    },
    expectIdle: () =>
      waitUntil(() => ({ ...gateway.inFlight(), busy: busyProviders(gateway) }), {
        calls: 0,
        exchanges: 0,
        busy: [],
      }),
    close: async () => {
      await listening.close()
      await gateway.close()
    },
  }
}

const busyProviders = (gateway: Gateway): readonly string[] =>
  gateway
    .providers()
    .filter(({ inFlight }) => inFlight > 0)
    .map(({ id }) => id)

/** Keeps what is logged about calls, and nothing else. */
function noting(outcomes: LogFields[]): Logger {
  const note = (fields: LogFields): void => {
    if ('call' in fields && 'operation' in fields) outcomes.push(fields)
  }
  return { debug: () => {}, info: note, warn: note, error: note }
}
