// Everything this build has, by kind.

import { adaptations } from '../adapt/index.ts'
import { repairs } from '../adapt/repairs/index.ts'
import { dialects } from '../dialects/index.ts'
import { framings } from '../framing/index.ts'
import { plugins } from '../plugins/index.ts'
import { providers } from '../providers/index.ts'
import { strategies } from '../routing/index.ts'
import type { Lists } from './assemble.ts'

export const builtIn: Lists = {
  dialects,
  framings,
  adaptations,
  repairs,
  providers,
  strategies,
  plugins,
}
