// The doors: address, keys clients must show, bounds. Fails closed: a key that was meant to be
// required and cannot be found locks the door, it does not open it.

import { Secret } from '../core/secret.ts'
import type { Services } from '../core/services.ts'
import type { ClientKey, ServerSettings } from '../gateway/parts.ts'
import { isLoopback } from './address.ts'
import type { Report } from './catalogue.ts'
import type { Configuration } from './load.ts'
import type { Refuse } from './routes.ts'
import { findSecret } from './secrets.ts'
import { defaults } from './settings.ts'

export type ServerFindings = {
  readonly report: Report
  readonly refuse: Refuse
  readonly notice: (text: string) => void
}

const keyVariables = ['LLM_ROUTER_API_KEY', 'LLM_LINK_API_KEY', 'DRAGOMAN_API_KEY'] as const

/** What the listener needs. Reports an address off loopback that nothing protects. */
export function toServerSettings(
  configuration: Configuration,
  services: Pick<Services, 'id'>,
  findings: ServerFindings,
): ServerSettings {
  const { file, settings } = configuration
  const { report, refuse, notice } = findings
  const keys = findClientKeys(configuration, services, notice)
  const allowOpen = file.server?.allow_open ?? false
  if (keys.length === 0 && !allowOpen && !isLoopback(settings.host)) {
    const message = `is "${settings.host}", which others can reach, and no key protects it; set DRAGOMAN_API_KEY or server.api_keys, or allow_open = true under [server] if that is meant`
    const place = placeOfHost(configuration)
    if (place === undefined) report(['server', 'host'], message)
    else refuse(place.from, place.name, message)
  }
  return {
    host: settings.host,
    port: settings.port,
    keys,
    allowedHosts: file.server?.allowed_hosts ?? [],
    allowedOrigins: file.server?.allowed_origins ?? [],
    allowOpen,
    maxBodyBytes: file.server?.max_body ?? defaults.maxBodyBytes,
    requestTimeoutMs: settings.requestTimeoutMs,
  }
}

/** The flag or variable that gave the address; undefined when the file did. */
function placeOfHost({ overrides, environment }: Configuration) {
  if (overrides.host !== undefined) return { from: 'command line', name: '--host' }
  return environment.get('LLM_ROUTER_HOST')
}

function findClientKeys(
  configuration: Configuration,
  services: Pick<Services, 'id'>,
  notice: (text: string) => void,
): readonly ClientKey[] {
  const { file, environment, overrides } = configuration
  const written = file.server?.api_keys ?? []
  const secrets: Secret[] = []
  for (const [index, text] of written.entries()) {
    const found = findSecret(text, `server.api_keys[${index}]`, configuration)
    if (found.isFound) secrets.push(found.secret)
    else notice(`server.api_keys names ${found.reason}`)
  }
  for (const name of keyVariables) {
    const variable = environment.get(name)
    if (variable) secrets.push(new Secret(variable.value, name))
  }
  for (const key of overrides.clientKeys ?? []) secrets.push(new Secret(key, 'command line'))
  if (secrets.length === 0 && written.length > 0) {
    notice('No key of server.api_keys could be found, so every call is refused until one is set')
    secrets.push(new Secret(services.id('locked'), 'none'))
  }
  const byValue = new Map(secrets.toReversed().map((secret) => [secret.reveal(), secret]))
  return [...byValue.values()].toReversed().map((secret) => ({ id: secret.label, secret }))
}
