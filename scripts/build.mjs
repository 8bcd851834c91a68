// `npm run build`: compiles `src` to `dist`.

import { build, ensureInstalled } from './setup.mjs'

ensureInstalled()
process.exit(build() ? 0 : 1)
