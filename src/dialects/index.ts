// The list of dialects. Their order is the order of columns wherever they are shown.

import type { Dialect } from '../core/dialect.ts'
import { anthropic } from './anthropic/index.ts'
import { openaiChat } from './openai-chat/index.ts'

export const dialects: readonly Dialect[] = [openaiChat, anthropic]
