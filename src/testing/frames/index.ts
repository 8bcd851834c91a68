// The list of stream checkers: one line per dialect.

import { checkAnthropicFrames } from './anthropic.ts'
import type { FrameChecker } from './check-frames.ts'
import { checkOpenaiChatFrames } from './openai-chat.ts'

export const frameCheckers: { readonly [dialect: string]: FrameChecker } = {
  'openai-chat': checkOpenaiChatFrames,
  anthropic: checkAnthropicFrames,
}
