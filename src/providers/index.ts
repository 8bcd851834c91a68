// The catalogue, in the order in which a found key is taken for the default.

import type { Provider } from '../core/provider.ts'
import { anthropic } from './anthropic.ts'
import { groq } from './groq.ts'
import { openai } from './openai.ts'
import { openrouter } from './openrouter.ts'
import { simulator } from './simulator/index.ts'

export const providers: readonly Provider[] = [openai, anthropic, openrouter, groq, simulator]
