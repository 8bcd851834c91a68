// A provider inside this process that needs no key and no network: it repeats, calls tools, makes JSON,
// thinks, waits and fails as the model's name asks, for first tries and for tests.

import { providerId } from '../../core/brand.ts'
import type { ChatRequest } from '../../core/chat.ts'
import { GatewayError } from '../../core/error.ts'
import type { ChatEvent } from '../../core/events.ts'
import type { LocalContext, LocalProvider } from '../../core/provider.ts'
import { models } from './models.ts'
import { readOptions, splitModel } from './options.ts'
import { pause, play } from './play.ts'

const defaultModel = 'echo'
const maxChoices = 128

/** Models are named with their options, e.g. `lorem?tokens=200&delay=20ms`. */
export const simulator: LocalProvider = {
  kind: 'local',
  id: providerId('sim'),
  label: 'Simulator',
  defaultModel,
  models: Object.keys(models),
  answer,
}

async function* answer(
  request: ChatRequest,
  context: LocalContext,
): AsyncGenerator<ChatEvent, void, undefined> {
  const { name, query } = splitModel(request.model === '' ? defaultModel : request.model)
  const model = Object.hasOwn(models, name) ? models[name] : undefined
  if (!model) throw unknownModel(name)
  const options = readOptions(name, query, [...model.options, 'delay', 'wait'])
  checkChoices(request)
  if (options.wait !== undefined) await pause(options.wait, context)
  if (context.cancellation.isCancelled) return
  yield* play(model.plan(request, options, context.services), request, options.delay ?? 0, context)
}

const unknownModel = (name: string): GatewayError =>
  new GatewayError(
    'unknown-model',
    `The simulator has no model "${name}"; it has ${Object.keys(models).join(', ')}`,
    { param: 'model', provider: 'sim' },
  )

function checkChoices({ sampling }: ChatRequest): void {
  const choices = sampling?.choices ?? 1
  if (Number.isInteger(choices) && choices >= 1 && choices <= maxChoices) return
  throw new GatewayError(
    'bad-request',
    `The number of choices is ${choices}; the simulator gives 1 to ${maxChoices}`,
    { param: 'n', provider: 'sim' },
  )
}
