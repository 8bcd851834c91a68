// `dragoman serve`: loads, listens, says so, reloads when the configuration changes, stops cleanly.

import { isLoopback } from '../../config/address.ts'
import { ConfigError } from '../../config/config-error.ts'
import type { LoadRequest } from '../../config/load.ts'
import { createGatewayServices } from '../../config/services.ts'
import { type Loaded, loadParts } from '../../config/start.ts'
import { watchConfig } from '../../config/watch.ts'
import { createGateway, type Gateway } from '../../gateway/gateway.ts'
import type { ServerSettings } from '../../gateway/parts.ts'
import { silentLogger } from '../../gateway/services.ts'
import { type Listening, listen } from '../http/node.ts'
import { type BannerFacts, toBanner } from './banner.ts'
import { type AdjustableLogger, createLogger } from './logger.ts'
import { CommandError, type Terminal } from './terminal.ts'

export type Serving = {
  readonly port: number
  readonly gateway: Gateway
  /** Lets calls under way finish for up to `graceMs`, then breaks them off. */
  stop(graceMs: number): Promise<void>
}

/** Starts to serve. Throws a ConfigError, or a CommandError when the address cannot be taken. */
export async function startServing(
  request: LoadRequest,
  warnings: readonly string[],
  terminal: Terminal,
): Promise<Serving> {
  // The log's form is part of the configuration, which is read with services that need a log.
  const log = createLateLogger()
  const services = createGatewayServices(log)
  const loaded = loadParts(request, services)
  const { settings } = loaded.configuration
  log.become(createLogger(settings.logFormat, settings.logLevel, terminal))
  const gateway = createGateway(loaded.parts, services)
  const listening = await takeAddress(gateway, loaded.parts.server)
  announce(loaded, listening.port, terminal, log)
  for (const warning of [...warnings, ...loaded.notices]) log.warn({}, warning)
  const unwatch = watchConfig(
    loaded.configuration.path,
    () => reload(request, gateway, loaded.parts.server, log),
    services,
  )
  return {
    port: listening.port,
    gateway,
    stop: async (graceMs) => {
      unwatch()
      await listening.close(graceMs)
      await gateway.close()
    },
  }
}

type LateLogger = AdjustableLogger & { become(log: AdjustableLogger): void }

function createLateLogger(): LateLogger {
  let log: AdjustableLogger = { ...silentLogger, setLevel: () => {} }
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    setLevel: (level) => log.setLevel(level),
    become: (next) => {
      log = next
    },
  }
}

function reload(
  request: LoadRequest,
  gateway: Gateway,
  server: ServerSettings,
  log: AdjustableLogger,
): void {
  try {
    const { parts, notices, configuration } = loadParts(request, gateway.services)
    gateway.swap(parts)
    log.setLevel(configuration.settings.logLevel)
    log.info({ auto: targetsOf(parts.routes) }, 'configuration reloaded')
    if (parts.server.host !== server.host || parts.server.port !== server.port)
      log.warn({}, 'The new address takes effect when the gateway is started again')
    for (const notice of notices) log.warn({}, notice)
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    const message = 'The changed configuration is not valid, so the one before stays in force'
    for (const problem of thrown.message.split('\n')) log.error({ problem }, message)
  }
}

const targetsOf = (routes: Loaded['parts']['routes']): readonly string[] =>
  routes.get('auto')?.targets.map(({ id }) => id) ?? []

async function takeAddress(gateway: Gateway, server: ServerSettings): Promise<Listening> {
  try {
    return await listen(gateway, server)
  } catch (thrown) {
    await gateway.close()
    const { code } = thrown as NodeJS.ErrnoException
    const place = `${server.host}:${server.port}`
    const choose = 'choose another with --port, LLM_ROUTER_PORT or port under [server]'
    if (code === 'EADDRINUSE')
      throw new CommandError(
        `Port ${server.port} on ${server.host} is taken by another program; stop that, or ${choose}`,
      )
    if (code === 'EACCES')
      throw new CommandError(`Port ${server.port} needs more rights than this user has; ${choose}`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new CommandError(
        `${place} is no address of this machine; set --host to one that is, e.g. 127.0.0.1`,
      )
    throw thrown
  }
}

function announce(loaded: Loaded, port: number, terminal: Terminal, log: AdjustableLogger): void {
  const facts = toFacts(loaded, port)
  if (loaded.configuration.settings.logFormat === 'console')
    terminal.out(`\n${toBanner(facts, terminal.colors, terminal.columns)}\n`)
  else
    log.info(
      { address: facts.address, auto: facts.auto.targets, reason: facts.auto.reason },
      'listening',
    )
}

function toFacts({ parts, configuration }: Loaded, port: number): BannerFacts {
  const { host } = parts.server
  const auto = parts.routes.get('auto')
  const upstreams = [...parts.upstreams.values()].filter(
    ({ missingKey }) => missingKey === undefined,
  )
  const local = upstreams.find(({ provider }) => provider.kind === 'local')
  const canAnswer = auto?.targets.some(({ upstream }) => upstream.missingKey === undefined)
  return {
    version: parts.service.version,
    address: `http://${toClientHost(host)}:${port}`,
    found: upstreams.map(({ label, keys }) => ({
      label,
      ...(keys[0] ? { key: keys[0].label } : {}),
    })),
    auto: { targets: auto?.targets.map(({ id }) => id) ?? [], reason: auto?.reason ?? '' },
    clientKeys: parts.server.keys.map(({ id }) => id),
    isLoopback: isLoopback(host),
    ...(configuration.path === undefined ? {} : { config: configuration.source.name }),
    tryModel: canAnswer ? 'auto' : (local?.id ?? 'auto'),
  }
}

// "Every address" is none that a client can connect to.
const toClientHost = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
