// The words of Anthropic's Messages API that more than one file of this dialect needs.

import type { FinishReason } from '../../core/chat.ts'

export const dialectId = 'anthropic'

/** `stop_reason` → why the answer ended; words not listed mean nothing to us. */
export const reasonOf: { readonly [stopReason: string]: FinishReason | undefined } = {
  end_turn: 'stop',
  stop_sequence: 'stop-sequence',
  max_tokens: 'length',
  tool_use: 'tool-calls',
  pause_turn: 'pause',
  // A beta: the turn stops after the history was compacted and is continued by the client.
  compaction: 'pause',
  refusal: 'refusal',
  model_context_window_exceeded: 'context-full',
}

export const stopReasonOf = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'context-full': 'model_context_window_exceeded',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  refusal: 'refusal',
  pause: 'pause_turn',
  'malformed-call': 'end_turn',
} as const satisfies Record<FinishReason, string>

/**
 * Body fields of the gateway's own: they act here and never reach a target. `provider` and `plugins`
 * are ours unless they are objects.
 */
export const ownFields: ReadonlySet<string> = new Set([
  'provider',
  'plugins',
  'session_id',
  'tenant_id',
  'max_context_tokens',
  'agent_loop',
  'loop_mode',
  'loop_until',
  'loop_max_turns',
  'think',
  'repeat_penalty',
])
