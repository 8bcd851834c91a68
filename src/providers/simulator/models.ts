// The simulator's models: what each of them answers, before limits and stop sequences.

import type { ChatRequest } from '../../core/chat.ts'
import type { Services } from '../../core/services.ts'
import { simulatedFailure } from './faults.ts'
import type { OptionName, Options } from './options.ts'
import { echoText, inWantedForm, lastToolResults, loremText, resultsText } from './texts.ts'
import { countTokens, toTokens } from './tokens.ts'
import { type PlannedCall, planCalls } from './tool-calls.ts'

/** A part of the answer as it would be if nothing ended it early. */
export type PlannedPart =
  | { readonly type: 'text' | 'reasoning'; readonly text: string }
  | PlannedCall

/** `cutAfter`: the answer breaks off after so many tokens. */
export type Plan = { readonly parts: readonly PlannedPart[]; readonly cutAfter?: number }

type SimulatedModel = {
  /** Besides `wait` and `delay`, which all have. */
  readonly options: readonly OptionName[]
  /** Throws when the model is one that fails. */
  plan(request: ChatRequest, options: Options, services: Services): Plan
}

const textPlan = (request: ChatRequest, text: string): Plan => ({
  parts: [{ type: 'text', text: inWantedForm(request, text) }],
})

/** By name; the first one is the default. */
export const models: { readonly [name: string]: SimulatedModel } = {
  echo: {
    options: [],
    // A call that the request insists on is made whatever the model: clients wait for nothing else.
    plan: (request, options) =>
      isCallForced(request) ? planTools(request, options) : textPlan(request, echoText(request)),
  },
  lorem: {
    options: ['tokens'],
    plan: (request, { tokens = 50 }) => textPlan(request, loremText(tokens)),
  },
  tools: { options: ['parallel'], plan: planTools },
  json: {
    options: [],
    plan: (request) => {
      const isPlain = request.output === undefined || request.output.type === 'text'
      return textPlan(
        isPlain ? { ...request, output: { type: 'json' } } : request,
        echoText(request),
      )
    },
  },
  think: { options: [], plan: planThought },
  error: {
    options: ['status', 'retry_after'],
    plan: (_request, { status = 500, retry_after: retryAfterMs }) => {
      throw simulatedFailure(status, retryAfterMs)
    },
  },
  flaky: {
    options: ['rate'],
    plan: (request, { rate = 0.3 }, services) => {
      if (services.random() < rate) throw simulatedFailure(500)
      return textPlan(request, echoText(request))
    },
  },
  cut: {
    options: ['after'],
    plan: (request, { after = 20 }) => ({
      ...textPlan(request, loremText(after + 20)),
      cutAfter: after,
    }),
  },
}

const isCallForced = ({ toolChoice, tools = [] }: ChatRequest): boolean =>
  tools.length > 0 &&
  (toolChoice?.mode === 'required' ||
    toolChoice?.mode === 'one' ||
    (toolChoice?.mode === 'allowed' && toolChoice.isRequired))

function planTools(request: ChatRequest, { parallel }: Options): Plan {
  const calls = planCalls(request, parallel)
  if (calls.length > 0) return { parts: calls }
  if (lastToolResults(request).length > 0) return textPlan(request, resultsText(request))
  return textPlan(
    request,
    request.toolChoice?.mode === 'none'
      ? 'No tool is called, as the tool choice asks.'
      : 'There is no tool to call: offer one in the tools of the request, and it is called.',
  )
}

function planThought(request: ChatRequest): Plan {
  const { mode = 'on', effort, budgetTokens = Infinity, isShown = true } = request.reasoning ?? {}
  const answer = textPlan(request, echoText(request))
  if (mode === 'off' || effort === 'none' || !isShown) return answer
  const said = countTokens(echoText(request))
  const thought = `The last text of the user has ${said} tokens. Repeating it is the best answer.`
  const text = toTokens(thought).slice(0, budgetTokens).join('')
  return { parts: [{ type: 'reasoning', text }, ...answer.parts] }
}
