// The library's face: the same gateway that `dragoman serve` runs, as a value.

import { assemble } from './config/assemble.ts'
import { createEnvironment } from './config/environment.ts'
import { builtIn } from './config/lists.ts'
import { toConfiguration } from './config/load.ts'
import { createGatewayServices } from './config/services.ts'
import type { Logger } from './core/services.ts'
import { createGateway as createRunningGateway } from './gateway/gateway.ts'
import { createFetch } from './surfaces/http/fetch.ts'
import { type Listening, listen } from './surfaces/http/node.ts'

export type { Lists } from './config/assemble.ts'
export { ConfigError } from './config/config-error.ts'
export { builtIn } from './config/lists.ts'
export type { Adaptation, Adapted, Repair } from './core/adaptation.ts'
export {
  definePlugin,
  type Plugin,
  type Reply,
  type Stage,
  type Tap,
  withNote,
  withRequest,
  withTap,
} from './core/call.ts'
export type { ChatRequest, ChatResponse } from './core/chat.ts'
export type { Dialect } from './core/dialect.ts'
export { GatewayError } from './core/error.ts'
export type { ChatEvent } from './core/events.ts'
export type { Profile } from './core/profile.ts'
export type { LocalProvider, Provider, WireProvider } from './core/provider.ts'
export type { Strategy } from './core/route.ts'
export type { Logger } from './core/services.ts'

export type Library = {
  /** Answers web requests without a socket. */
  fetch(request: Request): Promise<Response>
  /** Serves on an address as well; port 0 takes any free one. */
  listen(address: { readonly host?: string; readonly port: number }): Promise<Listening>
  close(): Promise<void>
}

export type LibrarySettings = {
  /** Where variables such as provider keys are looked up; nothing is read from the process unasked. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Says nothing when absent. */
  readonly log?: Logger
  /** Dialects, providers, plugins … to have; the built-in ones when absent. */
  readonly lists?: typeof builtIn
}

/**
 * A gateway from what `dragoman.toml` would say, as an object. Throws a ConfigError that names
 * everything wrong.
 *
 * @example
 * const gateway = createGateway({ providers: { openai: { api_key: key } } })
 * const response = await gateway.fetch(new Request('http://localhost/v1/messages', { method: 'POST', body }))
 */
export function createGateway(
  config: Readonly<Record<string, unknown>> = {},
  { environment = {}, log, lists = builtIn }: LibrarySettings = {},
): Library {
  const services = createGatewayServices(log)
  const configuration = toConfiguration(config, createEnvironment(environment), lists)
  const gateway = createRunningGateway(assemble(configuration, lists, services).parts, services)
  return {
    fetch: createFetch(gateway),
    listen: ({ host = '127.0.0.1', port }) => listen(gateway, { host, port }),
    close: () => gateway.close(),
  }
}
