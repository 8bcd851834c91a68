// What the tests are and how long one may take; the long tier runs only when asked for.

import { configDefaults, defineConfig } from 'vitest/config'

const isLongTierAsked = process.env['RUN_ALL'] === '1'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(isLongTierAsked ? [] : ['test/long/**'])],
    // Processes, not threads: tests of the command line change folders and send signals.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
})
