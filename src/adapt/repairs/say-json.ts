// Some targets write JSON on demand only when the prompt itself says the word.

import type { Repair } from '../../core/adaptation.ts'
import { withInstruction } from '../rewrite.ts'
import { isRefusedFor } from './upstream-words.ts'

export const sayJson: Repair = {
  name: 'say-json',
  matches: (error, { output }) =>
    output?.type === 'json' && isRefusedFor(error, /must contain the word ["'`]?json/i),
  request: (request, { losses }) => {
    losses.add('emulated', 'json_object', 'The target wants the word JSON in the prompt')
    return withInstruction(request, 'Answer in JSON.')
  },
}
