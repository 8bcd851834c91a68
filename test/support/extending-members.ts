// What somebody adds to the house: a provider, an adaptation, a plugin and a strategy, each as one file
// in the style of its room, one import, one entry in the room's list, and one line in the docs.

export type Member = {
  readonly room: string
  /** The file's name and text. */
  readonly file: string
  readonly text: string
  /** The variable the list names. */
  readonly entry: string
  /** The entry it must stand before, where the order matters; else it is the last. */
  readonly before?: string
  /** The name people use. */
  readonly name: string
  /** The page that tells of the room's members, the line there, and how the one before it begins. */
  readonly page: string
  readonly line: string
  readonly after: string
}

const nimbus: Member = {
  room: 'providers',
  file: 'nimbus.ts',
  entry: 'nimbus',
  name: 'nimbus',
  page: 'docs/providers.md',
  line: '| `nimbus` | `cumulus` | `openai-chat` | `NIMBUS_API_KEY` | `nimbus-large` | `NIMBUS_BASE_URL`, `NIMBUS_MODEL` |',
  after: '| `groq` |',
  text: `// Nimbus: a cloud whose server speaks an old form of OpenAI's dialect.

import { providerId } from '../core/brand.ts'
import type { WireProvider } from '../core/provider.ts'
import { bearer } from './authorize.ts'

export const nimbus: WireProvider = {
  kind: 'wire',
  id: providerId('nimbus'),
  label: 'Nimbus',
  aliases: ['cumulus'],
  defaultModel: 'nimbus-large',
  faces: { 'openai-chat': { base: 'https://api.nimbus.example/v1' } },
  keyVariables: ['NIMBUS_API_KEY'],
  isKeyRequired: true,
  baseVariables: ['NIMBUS_BASE_URL'],
  modelVariables: ['NIMBUS_MODEL'],
  authorize: bearer,
  profile: () => ({
    passThrough: 'checked',
    system: { placement: 'leading', developer: false },
    sampling: { refused: ['topK', 'seed'] },
  }),
}
`,
}

const steadyAnswers: Member = {
  room: 'adapt',
  file: 'steady-answers.ts',
  entry: 'steadyAnswers',
  before: 'sampling',
  name: 'steady-answers',
  page: 'docs/dialects.md',
  line: '| `steady-answers` | the likeliest words always, where the target takes no seed |',
  after: '| `tool-names` |',
  text: `// A seed asks for the same answer each time. A target that takes none is asked for its likeliest words
// instead, unless the client said how likely they should be.

import { defineRewrite, without } from './rewrite.ts'

export const steadyAnswers = defineRewrite('steady-answers', (request, { profile, losses }) => {
  const { seed, temperature, topP } = request.sampling ?? {}
  const { refused } = profile.sampling
  if (seed === undefined || !refused.includes('seed') || refused.includes('temperature')) return request
  if (temperature !== undefined || topP !== undefined) return request
  losses.add('emulated', 'seed', 'The target takes no seed and is asked for its likeliest words')
  return { ...request, sampling: { ...without(request.sampling ?? {}, 'seed'), temperature: 0 } }
})
`,
}

const denyModels: Member = {
  room: 'plugins',
  file: 'deny-models.ts',
  entry: 'denyModels',
  name: 'deny-models',
  page: 'docs/plugins.md',
  line: '| `deny-models` | `admit` | Refuses the models its `models` name, with `*` for any letters. |',
  after: '| `concurrency` |',
  text: `// Keeps models away from everybody, by the name a client asks with.

import { z } from 'zod'
import { definePlugin } from '../core/call.ts'
import { GatewayError } from '../core/error.ts'

export const denyModels = definePlugin({
  name: 'deny-models',
  phase: 'admit',
  summary: 'Refuses models by name',
  options: z.strictObject({ models: z.array(z.string().min(1)).min(1) }),
  setup: ({ models }) => {
    const globs = models.map(toPattern)
    return {
      stage: (call, next) => {
        if (globs.some((glob) => glob.test(call.model)))
          throw new GatewayError('forbidden', \`Model "\${call.model}" is denied by plugins.deny-models\`)
        return next(call)
      },
    }
  },
})

const toPattern = (glob: string): RegExp =>
  new RegExp(\`^\${glob.replace(/[.+?^\${}()|[\\]\\\\]/g, '\\\\$&').replaceAll('*', '.*')}$\`)
`,
}

const lastFirst: Member = {
  room: 'routing',
  file: 'last-first.ts',
  entry: 'lastFirst',
  name: 'last-first',
  page: 'docs/models-and-routes.md',
  line: '| `last-first` | From the end of the list to its beginning. |',
  after: '| `least-busy` |',
  text: `// For lists that grow at their end, where the newest target is to be tried first.

import type { Strategy } from '../core/route.ts'

/** The last target first. */
export const lastFirst: Strategy = {
  name: 'last-first',
  summary: 'From the end of the list to its beginning',
  order: (_call, targets) =>
    targets
      .map((target, position) => ({ target, score: position, reason: \`number \${position + 1} in the list\` }))
      .toReversed(),
}
`,
}

export const members: readonly Member[] = [nimbus, steadyAnswers, denyModels, lastFirst]
