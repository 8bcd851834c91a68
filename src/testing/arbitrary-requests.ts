// Requests and profiles of every shape, the odd ones too, for properties that must hold for all.

import fc from 'fast-check'
import type { AdaptationContext } from '../core/adaptation.ts'
import type {
  AssistantPart,
  ChatRequest,
  SystemPart,
  TextPart,
  Tool,
  ToolChoice,
  Turn,
  UserPart,
} from '../core/chat.ts'
import { efforts } from '../core/chat.ts'
import { createLosses } from '../core/loss.ts'
import type { Profile } from '../core/profile.ts'

/** The dialect and place requests are adapted to. */
export const sampleTarget = { dialect: 'spoken', provider: 'here', model: 'm-1' } as const

const optional = <T>(key: string, value: fc.Arbitrary<T>): fc.Arbitrary<object> =>
  fc.option(value, { nil: undefined }).map((known) => (known === undefined ? {} : { [key]: known }))

/** Every combination of the given optional fields. */
const fields = <T>(known: { readonly [key: string]: fc.Arbitrary<unknown> }): fc.Arbitrary<T> =>
  fc
    .tuple(...Object.entries(known).map(([key, value]) => optional(key, value)))
    .map((some) => Object.assign({}, ...some) as T)

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('hello', 'What now?', 'größer 🎉', 'a\nb "c"') },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', '\n\t') },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
)
const marks = { cache: fc.constantFrom({}, { ttl: '1h' }) }
const id = fc.constantFrom(
  '',
  'call_1',
  'call_1',
  'call_2',
  'toolu.01/A',
  'i'.repeat(90),
  '123456789',
)
const name = fc.constantFrom('lookup', 'mcp.fs.read', 'n'.repeat(90), '1st', 'sum!', 'mcp_fs_read')
const source = fc.constantFrom(
  { kind: 'url', url: 'https://example.com/a.png' } as const,
  { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } as const,
)
const documentSource = fc.oneof(
  source,
  fc.constant({ kind: 'text', mediaType: 'text/plain', text: 'a page' } as const),
)
const textPart = fc
  .tuple(text, fields<object>(marks))
  .map(([value, more]): TextPart => ({ type: 'text', text: value, ...more }))
const image = source.map((from) => ({ type: 'image', source: from }) as const)
const document = documentSource.map((from) => ({ type: 'document', source: from }) as const)
const opaque = fc
  .constantFrom(sampleTarget.dialect, 'foreign')
  .map((dialect) => ({ type: 'opaque', dialect, raw: { type: 'server_block', n: 1 } }) as const)

const result = fc
  .tuple(
    id,
    fc.array(fc.oneof(textPart, textPart, image, document, opaque), { maxLength: 3 }),
    fields<object>({ name, isError: fc.boolean() }),
  )
  .map(([call, content, more]): UserPart => ({ type: 'tool-result', id: call, content, ...more }))
const call = fc.record({ id, name, kind: fc.constantFrom('function', 'function', 'custom') }).map(
  ({ kind, ...rest }): AssistantPart => ({
    type: 'tool-call',
    ...rest,
    kind: kind as 'function' | 'custom',
    arguments: kind === 'custom' ? 'free "text"' : '{"city":"Bern"}',
  }),
)
const origin = fc.constantFrom(
  sampleTarget,
  { dialect: sampleTarget.dialect },
  { dialect: 'foreign', provider: 'there', model: 'm-1' },
  { ...sampleTarget, model: 'm-2' },
)
const reasoning = fc
  .tuple(
    text,
    fields<object>({ signature: fc.constant('c2ln'), redacted: fc.constant('cmVk'), origin }),
  )
  .map(([value, more]): AssistantPart => ({ type: 'reasoning', text: value, ...more }))

const userParts: fc.Arbitrary<UserPart> = fc.oneof(
  { weight: 5, arbitrary: textPart },
  { weight: 5, arbitrary: result },
  { weight: 1, arbitrary: fc.oneof<fc.Arbitrary<UserPart>[]>(image, document, opaque) },
)
const assistantParts: fc.Arbitrary<AssistantPart> = fc.oneof(
  { weight: 4, arbitrary: textPart },
  { weight: 4, arbitrary: call },
  { weight: 2, arbitrary: reasoning },
  {
    weight: 1,
    arbitrary: fc.oneof<fc.Arbitrary<AssistantPart>[]>(
      image,
      opaque,
      fc.constant({ type: 'refusal', text: 'No.' }),
    ),
  },
)
const systemPart = fc
  .tuple(textPart, fields<object>({ role: fc.constantFrom('system', 'developer') }))
  .map(([part, more]): SystemPart => ({ ...part, ...more }))
const turn: fc.Arbitrary<Turn> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(userParts, { maxLength: 3 })
      .map((parts): Turn => ({ role: 'user', parts })),
  },
  {
    weight: 4,
    arbitrary: fc
      .array(assistantParts, { maxLength: 3 })
      .map((parts): Turn => ({ role: 'assistant', parts })),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(systemPart, { maxLength: 2 })
      .map((parts): Turn => ({ role: 'system', parts })),
  },
)

const schema = { type: 'object', properties: { city: { type: 'string' } } } as const
const tool: fc.Arbitrary<Tool> = fc.oneof(
  fc
    .tuple(name, fields<object>({ isStrict: fc.boolean(), ...marks }))
    .map(([called, more]): Tool => ({ type: 'function', name: called, schema, ...more })),
  name.map(
    (called): Tool => ({
      type: 'custom',
      name: called,
      format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' },
    }),
  ),
  fc.constantFrom(sampleTarget.dialect, 'foreign').map(
    (dialect): Tool => ({
      type: 'opaque',
      dialect,
      name: 'web_search',
      raw: { type: 'web_search' },
    }),
  ),
)
const tools = fc.uniqueArray(tool, { maxLength: 3, selector: ({ name: called }) => called })

/** Mostly a choice of what is offered, sometimes not. */
const choiceFrom = (names: readonly string[]): fc.Arbitrary<ToolChoice> => {
  const known = fc.constantFrom(...(names.length > 0 ? names : ['nowhere']), 'nowhere')
  return fc.oneof<fc.Arbitrary<ToolChoice>[]>(
    fc.constantFrom('auto', 'none', 'required').map((mode) => ({ mode }) as ToolChoice),
    known.map((called) => ({ mode: 'one', name: called })),
    fc
      .tuple(fc.array(known, { minLength: 1, maxLength: 2 }), fc.boolean())
      .map(([called, isRequired]) => ({ mode: 'allowed', names: called, isRequired })),
  )
}

const sampling = fields<object>({
  temperature: fc.constantFrom(0, 0.7, 1, 1.8),
  topP: fc.constantFrom(0.5, 1),
  topK: fc.constant(40),
  seed: fc.constant(7),
  frequencyPenalty: fc.constantFrom(0, 0.5),
  logitBias: fc.constantFrom({}, { '50256': -100 }),
  logprobs: fc.boolean(),
  choices: fc.constantFrom(1, 3),
})

/** Requests that a client could send, well formed or not. */
export const arbitraryRequest: fc.Arbitrary<ChatRequest> = tools.chain((offered) =>
  fc
    .tuple(
      fc.array(systemPart, { maxLength: 3 }),
      fc.array(turn, { maxLength: 7 }),
      fields<object>({
        tools: fc.constant(offered),
        toolChoice: choiceFrom(offered.map(({ name: called }) => called)),
        hasParallelTools: fc.boolean(),
        output: fc.constantFrom({ type: 'text' }, { type: 'json' }, { type: 'schema', schema }),
        reasoning: fc
          .tuple(
            fc.constantFrom('off', 'on', 'adaptive'),
            fields<object>({
              effort: fc.constantFrom(...efforts),
              budgetTokens: fc.constantFrom(0, 500, 4000, 100_000),
            }),
          )
          .map(([mode, more]) => ({ mode, ...more })),
        limits: fields<object>({
          maxOutputTokens: fc.constantFrom(16, 1025, 5000, 200_000),
          stop: fc.uniqueArray(fc.constantFrom('', '\n\n', 'END', 'STOP', 'a'), { maxLength: 5 }),
        }),
        sampling,
      }),
    )
    .map(([system, turns, more]) => ({ model: 'm-1', system, turns, stream: true, ...more })),
)

const flag = fc.boolean()

/** Targets of every ability. */
export const arbitraryProfile: fc.Arbitrary<Profile> = fc
  .record({
    passThrough: fc.constant('checked' as const),
    streaming: fc.constant('both' as const),
    streamUsage: fc.constant('unasked' as const),
    system: fc.record({
      placement: fc.constantFrom('anywhere' as const, 'leading' as const, 'single' as const),
      developer: flag,
    }),
    turns: fc.record({ mustAlternate: flag, prefill: flag, emptyText: flag }),
    parts: fc.record({
      imageUrl: fc.constantFrom(true, true, false),
      imageData: fc.constantFrom(true, true, false),
      documents: fc.constantFrom(true, true, false),
      documentUrl: flag,
      audio: flag,
      toolResultImages: flag,
      toolResultErrors: flag,
    }),
    names: fc.constantFrom(['^[a-zA-Z0-9_-]+$', 64], ['[a-z_]+', 20], ['.*', 200], ['(', 64]),
    ids: fc.constantFrom(['^[a-zA-Z0-9_-]+$', 64], ['^[a-zA-Z0-9]{9}$', 9], ['^.+$', 40]),
    tools: fc.record({
      isSupported: fc.constantFrom(true, true, true, false),
      custom: flag,
      choice: fc.subarray(['auto', 'none', 'required', 'one', 'allowed'] as const),
      parallelSwitch: flag,
      strict: flag,
    }),
    output: fc.record({
      schema: fc.constantFrom('native' as const, 'tool' as const, 'json' as const, 'none' as const),
      json: fc.constantFrom('native' as const, 'instruction' as const),
    }),
    reasoning: fc.record({
      ask: fc.constantFrom(
        'effort' as const,
        'budget' as const,
        'adaptive' as const,
        'switch' as const,
        'none' as const,
      ),
      efforts: fc.subarray([...efforts]),
      history: fc.constantFrom('never' as const, 'text' as const, 'signed' as const),
      thinkTags: fc.constant(false),
      isExclusive: flag,
    }),
    isMaxOutputRequired: flag,
    maxOutputTokens: fc.constantFrom(undefined, 900, 8000),
    stopSequences: fc.constantFrom(0, 1, 4),
    maxTemperature: fc.constantFrom(1, 2),
    refused: fc.subarray([
      'temperature',
      'topP',
      'topK',
      'seed',
      'frequencyPenalty',
      'logitBias',
      'logprobs',
      'choices',
    ] as const),
  })
  .map(
    ({
      names: [namePattern, nameLength],
      ids: [idPattern, idLength],
      isMaxOutputRequired,
      maxOutputTokens,
      stopSequences,
      maxTemperature,
      refused,
      tools: known,
      ...rest
    }) => ({
      ...rest,
      tools: {
        ...known,
        namePattern: String(namePattern),
        nameLength: Number(nameLength),
        idPattern: String(idPattern),
        idLength: Number(idLength),
      },
      limits: {
        isMaxOutputRequired,
        stopSequences,
        ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      },
      sampling: { maxTemperature, refused },
    }),
  )

/** A fresh context for one attempt on a target with this profile. */
export const toContext = (profile: Profile): AdaptationContext => ({
  profile,
  losses: createLosses(),
  target: sampleTarget,
})
