import { expect, test } from 'vitest'
import type { ChatRequest, ReasoningPart, Turn } from '../../core/chat.ts'
import { GatewayError } from '../../core/error.ts'
import type { ProfilePatch } from '../../core/profile.ts'
import {
  assistantCalls,
  contextWithout,
  requestOf,
  userGives,
  userSays,
} from '../../testing/able-profile.ts'
import { sampleTarget } from '../../testing/arbitrary-requests.ts'
import { repairs } from './index.ts'

/** A refusal as one family of servers writes it. */
const blocksSay = (message: string): GatewayError =>
  refusal(JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message } }))
/** A refusal as the other family writes it. */
const chatSays = (message: string, param: string | null = null, code: string | null = null) =>
  refusal(JSON.stringify({ error: { message, type: 'invalid_request_error', param, code } }))
const refusal = (text: string): GatewayError =>
  new GatewayError('rejected', 'The target refused the request', {
    upstream: { status: 400, text },
  })

/** The first repair that matches, and what it makes of the request. */
function repair(error: GatewayError, request: ChatRequest, patch: ProfilePatch = {}) {
  const found = repairs.find((one) => one.matches(error, request))
  const context = contextWithout(patch)
  return {
    name: found?.name,
    request: found?.request(request, context, error),
    losses: context.losses.list.map(({ kind, what }) => `${kind}:${what}`),
  }
}

const thought: ReasoningPart = { type: 'reasoning', text: 'Hm', signature: 'c2ln' }
const thinks = (...rest: Turn['parts']): Turn =>
  ({ role: 'assistant', parts: [thought, ...rest] }) as Turn
const loop = [userSays('Go'), thinks(...assistantCalls(['c1', 'f']).parts), userGives(['c1', 'ok'])]
const answered = [userSays('Go'), thinks({ type: 'text', text: 'Yes' }), userSays('On')]
const on = { reasoning: { mode: 'on', budgetTokens: 4000 } } as const

test.each([
  'messages.1.content.0: Invalid `signature` in `thinking` block',
  'messages.1.content.0.thinking.signature: Field required',
  '***.***.content.0: Invalid `data` in `redacted_thinking` block',
  'messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks).',
  'messages.3.content.1: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. These blocks must remain as they were in the original response.',
])('after "%s" all thought goes, and thinking stops while the tool loop runs', (message) => {
  const ended = repair(blocksSay(message), requestOf(answered, on))
  expect(ended.name).toBe('strip-reasoning-state')
  expect(JSON.stringify(ended.request?.turns)).not.toContain('reasoning')
  expect(ended.request?.reasoning).toEqual(on.reasoning)
  expect(ended.losses).toEqual(['dropped:reasoning'])

  const running = repair(blocksSay(message), requestOf(loop, on))
  expect(running.request?.turns[1]).toEqual(assistantCalls(['c1', 'f']))
  expect(running.request?.reasoning).toEqual({ mode: 'off' })
  expect(running.losses).toEqual(['dropped:reasoning', 'dropped:thinking'])
})

test.each([
  "'messages.1' : for 'role:assistant' the following must be satisfied[('messages.1' : property 'reasoning_content' is unsupported)]",
  'The encrypted content for item rs_0a could not be verified. Reason: Encrypted content could not be decrypted or parsed.',
  'Thought signature is not valid',
])('places that say "%s" get no earlier thought', (message) => {
  const { name, request } = repair(chatSays(message), requestOf(answered))
  expect(name).toBe('strip-reasoning-state')
  expect(request?.turns[1]?.parts).toEqual([{ type: 'text', text: 'Yes' }])
})

test.each([
  'The `reasoning_content` in the thinking mode must be passed back to the API.',
  'thinking is enabled but reasoning_content is missing in assistant tool call message at index 2',
  'Missing `reasoning_content` field in the assistant message at message index 2.',
])('after "%s" the model does not think: nobody has the thought', (message) => {
  const bare = requestOf([userSays('Go'), assistantCalls(['c1', 'f']), userGives(['c1', 'ok'])])
  const { name, request, losses } = repair(chatSays(message), bare)
  expect(name).toBe('strip-reasoning-state')
  expect(request?.reasoning).toEqual({ mode: 'off' })
  expect(losses).toEqual(['dropped:thinking'])
})

test('a refused signature is no business of a request without thought', () => {
  const error = blocksSay('messages.1.content.0: Invalid `signature` in `thinking` block')
  expect(repair(error, requestOf([userSays('Go')])).name).toBeUndefined()
})

const useAdaptive = blocksSay(
  '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
)

test('a model that takes no budget decides by itself, about as much as it was given', () => {
  const { name, request, losses } = repair(useAdaptive, requestOf(answered, on), {
    reasoning: { ask: 'adaptive' },
  })
  expect(name).toBe('change-thinking-mode')
  expect(request?.reasoning).toEqual({ mode: 'adaptive', effort: 'medium' })
  expect(request?.extensions).toBeUndefined()
  expect(losses).toEqual(['changed:budget_tokens'])
})

test("where the profile was wrong about that the upstream's advice is followed to the letter", () => {
  const request = requestOf(answered, {
    ...on,
    extensions: { dialect: sampleTarget.dialect, fields: { container: 'c' } },
  })
  expect(
    repair(useAdaptive, request, { reasoning: { ask: 'budget' } }).request?.extensions,
  ).toEqual({
    dialect: sampleTarget.dialect,
    fields: {
      container: 'c',
      thinking: { type: 'adaptive' },
      output_config: { effort: 'medium' },
    },
  })
})

test('a model that cannot decide by itself gets a budget', () => {
  const error = blocksSay('adaptive thinking is not supported on this model')
  const request = requestOf(answered, { reasoning: { mode: 'adaptive', effort: 'high' } })
  expect(repair(error, request).request?.reasoning).toMatchObject({
    mode: 'on',
    budgetTokens: 16_384,
  })
})

test('a limit that has another name goes under that name, without a loss', () => {
  const error = chatSays(
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    'max_tokens',
    'unsupported_parameter',
  )
  const request = requestOf([userSays('Hi')], { limits: { maxOutputTokens: 500, stop: ['a'] } })
  const repaired = repair(error, request)
  expect(repaired.name).toBe('drop-refused-parameter')
  expect(repaired.request).toEqual({
    ...request,
    limits: { stop: ['a'] },
    extensions: { dialect: sampleTarget.dialect, fields: { max_completion_tokens: 500 } },
  })
  expect(repaired.losses).toEqual([])
})

const full: Partial<ChatRequest> = {
  sampling: { temperature: 0.2, topP: 0.9, topK: 5, logprobs: true, presencePenalty: 1, seed: 7 },
  limits: { stop: ['x'], maxOutputTokens: 100 },
  tools: [{ type: 'function', name: 'stop', isStrict: true, cache: { ttl: '1h' } }],
  hasParallelTools: false,
  reasoning: { mode: 'on', effort: 'high' },
  meta: { user: 'u', serviceTier: 'flex', verbosity: 'low' },
}

test.each([
  [
    chatSays(
      "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
      'temperature',
      'unsupported_value',
    ),
    ['temperature'],
  ],
  [blocksSay('`temperature` is deprecated for this model.'), ['temperature']],
  [
    blocksSay(
      '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
    ),
    ['top_p'],
  ],
  [blocksSay('top_k: Extra inputs are not permitted'), ['top_k']],
  [blocksSay('tools.0.custom.strict: Extra inputs are not permitted'), ['strict']],
  [blocksSay('tools.0.custom.cache_control.ttl: Extra inputs are not permitted'), ['ttl']],
  [blocksSay('output_config.effort: Extra inputs are not permitted'), ['effort']],
  [
    chatSays("Unsupported parameter: 'parallel_tool_calls' is not supported with this model."),
    ['parallel_tool_calls'],
  ],
  [chatSays('Unrecognized request argument supplied: top_k'), ['top_k']],
  [chatSays("Unknown parameter: 'verbosity'.", 'verbosity', 'unknown_parameter'), ['verbosity']],
  [chatSays("This model doesn't support the parameter: logprobs"), ['logprobs']],
  [chatSays("property 'service_tier' is unsupported"), ['service_tier']],
  [
    refusal(
      '{"code":"Client specified an invalid argument","error":"Argument not supported on this model: presencePenalty"}',
    ),
    ['presencePenalty'],
  ],
  [
    refusal(
      '{"code":"Client specified an invalid argument","error":"Model grok-4 does not support parameter stop."}',
    ),
    ['stop'],
  ],
  [
    refusal(
      '{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted","input":7}]}}',
    ),
    ['seed'],
  ],
  [
    chatSays('Reasoning is not enabled; reasoning_effort is not supported with this model.'),
    ['reasoning_effort'],
  ],
])('a refusal drops what it names and nothing else: %#', (error, names) => {
  const request = requestOf([userSays('Please stop, user: this is a seed')], full)
  const repaired = repair(error, request)
  expect(repaired.name).toBe('drop-refused-parameter')
  expect(repaired.losses).toEqual(names.map((name) => `dropped:${name}`))
  expect(repaired.request).not.toEqual(request)
  expect(repairs.some((one) => one.matches(error, repaired.request ?? request))).toBe(false)
})

test('what only the dialect knows goes when it is refused, at the top and in blocks', () => {
  const extensions = (fields: Record<string, number>) => ({ dialect: 'spoken', fields })
  const request = requestOf(
    [{ role: 'user', parts: [{ type: 'text', text: 'Hi', extensions: extensions({ scope: 1 }) }] }],
    { extensions: extensions({ context_management: 1, other: 2 }) },
  )
  const top = repair(blocksSay('context_management: Extra inputs are not permitted'), request)
  expect(top.request?.extensions).toEqual(extensions({ other: 2 }))
  const inner = repair(
    blocksSay('messages.0.content.0.scope: Extra inputs are not permitted'),
    request,
  )
  expect(inner.request?.turns[0]?.parts[0]?.extensions).toEqual(extensions({}))
  expect(inner.losses).toEqual(['dropped:scope'])
})

test.each([
  ['names nothing the request has', chatSays("Unsupported parameter: 'grammar' is not supported")],
  ['only advises', chatSays("Invalid image. Use 'temperature' with care.")],
  ['uses a name as a plain word', chatSays('This user is not allowed to stop the model')],
  ['would take the meaning away', chatSays("Unsupported parameter: 'messages' is not supported")],
])('a refusal that %s is not repaired', (_why, error) => {
  expect(repair(error, requestOf([userSays('Hi')], full)).name).toBeUndefined()
})

test('"no tool at all" is not given up for a target that refuses the choice', () => {
  const error = chatSays("Unsupported parameter: 'tool_choice' is not supported with this model.")
  const choosing = (mode: 'none' | 'required') => requestOf([], { toolChoice: { mode } })
  expect(repair(error, choosing('none')).name).toBeUndefined()
  expect(repair(error, choosing('required')).losses).toEqual(['dropped:tool_choice'])
})

test('a target that wants the word JSON in the prompt gets it', () => {
  const error = chatSays(
    "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
    'messages',
  )
  const { name, request } = repair(error, requestOf([userSays('Hi')], { output: { type: 'json' } }))
  expect(name).toBe('say-json')
  expect(request?.system.at(-1)?.text).toContain('JSON')
})

test('only refusals of this very request are repaired', () => {
  const text = 'temperature is not supported'
  const failed = new GatewayError('provider-failed', text, { upstream: { status: 500, text } })
  expect(repair(failed, requestOf([], full)).name).toBeUndefined()
})
