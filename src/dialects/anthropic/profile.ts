// What a place that speaks Messages takes when nothing else is known about it: what all of them took
// before the API's newer fields. Providers say better for their models.

import type { Profile } from '../../core/profile.ts'

export const profile: Profile = {
  passThrough: 'always',
  streaming: 'both',
  streamUsage: 'unasked',
  system: { placement: 'leading', developer: false },
  turns: { mustAlternate: true, prefill: true, emptyText: false },
  parts: {
    imageUrl: true,
    imageData: true,
    documents: true,
    documentUrl: true,
    audio: false,
    toolResultImages: true,
    toolResultErrors: true,
  },
  tools: {
    isSupported: true,
    namePattern: '^[a-zA-Z0-9_-]+$',
    nameLength: 64,
    idPattern: '^[a-zA-Z0-9_-]+$',
    idLength: 64,
    custom: false,
    choice: ['auto', 'none', 'required', 'one'],
    parallelSwitch: true,
    strict: false,
  },
  output: { schema: 'tool', json: 'instruction' },
  reasoning: {
    ask: 'budget',
    efforts: [],
    history: 'signed',
    thinkTags: false,
    isExclusive: true,
  },
  limits: { isMaxOutputRequired: true, stopSequences: 8191 },
  sampling: {
    maxTemperature: 1,
    refused: [
      'minP',
      'seed',
      'frequencyPenalty',
      'presencePenalty',
      'repeatPenalty',
      'logitBias',
      'logprobs',
      'topLogprobs',
      'choices',
    ],
  },
}
