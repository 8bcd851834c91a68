// For tests that read the configuration in this process: nothing of this machine's is in it.

import { vi } from 'vitest'

const ours = /^(LLM_|DRAGOMAN_|RUST_LOG|[A-Z_]+_(API_KEY|BASE_URL|MODEL)$)/

/** `folder` is the home; our variables are unset. Undone by `vi.unstubAllEnvs()`. */
export function bareEnvironment(folder: string, variables: Readonly<Record<string, string>> = {}) {
  for (const name of Object.keys(process.env)) if (ours.test(name)) vi.stubEnv(name, '')
  vi.stubEnv('HOME', folder)
  vi.stubEnv('XDG_CONFIG_HOME', '')
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
}
