// Configurations as text become parts: what the tests of the configuration have in common.

import { type Assembly, assemble } from '../config/assemble.ts'
import { ConfigError } from '../config/config-error.ts'
import { createEnvironment, type EnvironmentFile, type Trust } from '../config/environment.ts'
import { builtIn } from '../config/lists.ts'
import type { Configuration } from '../config/load.ts'
import { createConfigSchema } from '../config/schema.ts'
import { createGatewayServices } from '../config/services.ts'
import { type Overrides, toSettings } from '../config/settings.ts'
import { parseConfig } from '../config/validate.ts'
import type { Route } from '../core/route.ts'
import { silentLogger } from '../gateway/services.ts'

export type ConfigCase = {
  /** The file's text. */
  readonly file?: string
  /** Variables of the process. */
  readonly variables?: Readonly<Record<string, string>>
  /** Variables of `.env` in the working folder. */
  readonly dotEnv?: Readonly<Record<string, string>>
  readonly overrides?: Overrides
  /** Whether the file was named (`operator`) or found in the working folder. */
  readonly trust?: Trust
  /** Where relative `file:` secrets start. */
  readonly folder?: string
}

/** The configuration of a case. */
export function configureCase(given: ConfigCase): Configuration {
  const { variables = {}, dotEnv, overrides = {} } = given
  const files: EnvironmentFile[] = dotEnv
    ? [{ name: '.env', variables: dotEnv, trust: 'folder' }]
    : []
  const environment = createEnvironment(variables, files)
  const source = { name: 'dragoman.toml', text: given.file ?? '' }
  const file = parseConfig(source, createConfigSchema(builtIn))
  return {
    file,
    folder: given.folder ?? '.',
    source,
    trust: given.trust ?? 'operator',
    environment,
    overrides,
    settings: toSettings({ file, environment, overrides }),
  }
}

/** The parts of a case. */
export const assembleCase = (given: ConfigCase): Assembly =>
  assemble(configureCase(given), builtIn, createGatewayServices(silentLogger))

/** What is wrong with a case, as people read it. */
export function problemsOf(given: ConfigCase): string {
  try {
    assembleCase(given)
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.message
    throw thrown
  }
  return 'none'
}

/** The route `auto` of a case. */
export function autoOf(given: ConfigCase) {
  const auto: Route | undefined = assembleCase(given).parts.routes.get('auto')
  return {
    targets: auto?.targets.map(({ id }) => id),
    reason: auto?.reason,
    strategy: auto?.strategy.name,
  }
}

/** One provider of a case. */
export const upstreamOf = (given: ConfigCase, id: string) =>
  assembleCase(given).parts.upstreams.get(id)
