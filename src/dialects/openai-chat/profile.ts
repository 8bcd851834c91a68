// What a target of this dialect takes when nothing else is known about it: an unknown compatible
// server, which takes the old core of the dialect and rarely its newest words.

import type { Profile } from '../../core/profile.ts'

export const profile: Profile = {
  passThrough: 'always',
  streaming: 'both',
  streamUsage: 'asked',
  system: { placement: 'anywhere', developer: false },
  turns: { mustAlternate: false, prefill: true, emptyText: false },
  parts: {
    imageUrl: true,
    imageData: true,
    documents: true,
    documentUrl: false,
    audio: true,
    toolResultImages: false,
    toolResultErrors: false,
  },
  tools: {
    isSupported: true,
    namePattern: '^[a-zA-Z0-9_-]{1,64}$',
    nameLength: 64,
    idPattern: '^[\\x21-\\x7e]{1,64}$',
    idLength: 64,
    custom: false,
    choice: ['auto', 'none', 'required', 'one'],
    parallelSwitch: true,
    strict: true,
  },
  output: { schema: 'native', json: 'native' },
  reasoning: {
    ask: 'effort',
    efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
    field: 'reasoning_content',
    history: 'text',
    thinkTags: false,
    isExclusive: false,
  },
  limits: { maxOutputField: 'max_tokens', isMaxOutputRequired: false, stopSequences: 4 },
  sampling: { maxTemperature: 2, refused: ['topK', 'minP', 'repeatPenalty'] },
}
