// Turns the file's word on plugins into stages.

import type { Plugin, PluginServices } from '../core/call.ts'
import type { Parts } from '../gateway/parts.ts'
import { ConfigError } from './config-error.ts'
import type { Configuration } from './load.ts'

/** Sections of the file that are options of a plugin, by its name. */
export type Sections = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>

/**
 * Options come from the plugin's own table and from the section of the file that is about it; a
 * plugin runs when either says something, unless it is disabled.
 */
export function setUpPlugins(
  { file, source }: Configuration,
  plugins: readonly Plugin[],
  services: PluginServices,
  sections: Sections,
): Parts['stages'] {
  const tables = (file.plugins ?? {}) as Readonly<
    Record<string, Readonly<Record<string, unknown>> | undefined>
  >
  return plugins.flatMap((plugin) => {
    const { enabled, ...own } = tables[plugin.name] ?? {}
    const options = { ...sections[plugin.name], ...own }
    if (enabled === false || (enabled !== true && Object.keys(options).length === 0)) return []
    const { name, phase, operations } = plugin
    const { stage } = plugin.setup(parseOptions(plugin, options, source.name), services)
    return [{ name, phase, stage, ...(operations ? { operations } : {}) }]
  })
}

function parseOptions(plugin: Plugin, options: unknown, source: string): unknown {
  try {
    return plugin.options.parse(options)
  } catch (thrown) {
    const key = `plugins.${plugin.name}`
    throw new ConfigError([{ source, key, message: `does not fit: ${reasonOf(thrown)}` }])
  }
}

/** Schema libraries list what is wrong; anything else has a message. */
function reasonOf(thrown: unknown): string {
  const { issues } = thrown as {
    readonly issues?: readonly { path?: unknown; message?: unknown }[]
  }
  if (Array.isArray(issues))
    return issues.map(({ path, message }) => `${[path].flat().join('.')}: ${message}`).join('; ')
  return thrown instanceof Error ? thrown.message : String(thrown)
}
