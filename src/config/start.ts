// From files, environment and flags to parts in one step: what start and every reload do.

import type { PluginServices } from '../core/call.ts'
import { type Assembly, assemble, type Lists } from './assemble.ts'
import { builtIn } from './lists.ts'
import { type Configuration, type LoadRequest, loadConfig } from './load.ts'

export type Loaded = Assembly & { readonly configuration: Configuration }

/** Loads and assembles with the built-in lists. Throws a ConfigError that names everything wrong. */
export function loadParts(
  request: LoadRequest,
  services: PluginServices,
  lists: Lists = builtIn,
): Loaded {
  const configuration = loadConfig(request, lists)
  return { configuration, ...assemble(configuration, lists, services) }
}
