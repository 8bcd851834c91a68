// What the mock providers say, in both dialects: whole answers and the pieces of streams.

const text = 'The quick brown fox jumps over the lazy dog. '.repeat(17)
/** A content piece has room for the monotonic time at which it was sent, in microseconds. */
const stamp = '@0000000000000000@'

const toChunk = (content) => `${Buffer.byteLength(content).toString(16)}\r\n${content}\r\n`
const chunked = (...frames) => Buffer.from(frames.map(toChunk).join(''))
const withEnd = (...frames) => Buffer.concat([chunked(...frames), Buffer.from('0\r\n\r\n')])

const openaiFrame = (fields) =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'mock', ...fields })}\n\n`
const openaiChoice = (delta, finish_reason = null) =>
  openaiFrame({ choices: [{ index: 0, delta, finish_reason }] })
const openaiUsage = { prompt_tokens: 12, completion_tokens: 200, total_tokens: 212 }

const openai = {
  whole: JSON.stringify({
    id: 'c1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'mock',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text },
        finish_reason: 'stop',
        logprobs: null,
      },
    ],
    usage: openaiUsage,
  }),
  first: chunked(openaiChoice({ role: 'assistant', content: '' })),
  piece: chunked(openaiChoice({ content: stamp })),
  last: withEnd(
    openaiChoice({}, 'stop'),
    openaiFrame({ choices: [], usage: openaiUsage }),
    'data: [DONE]\n\n',
  ),
}

const anthropicFrame = (fields) => `event: ${fields.type}\ndata: ${JSON.stringify(fields)}\n\n`
const anthropicMessage = { id: 'msg_1', type: 'message', role: 'assistant', model: 'mock' }

const anthropic = {
  whole: JSON.stringify({
    ...anthropicMessage,
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 12, output_tokens: 200 },
  }),
  first: chunked(
    anthropicFrame({
      type: 'message_start',
      message: {
        ...anthropicMessage,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 12, output_tokens: 1 },
      },
    }),
    anthropicFrame({
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'text', text: '' },
    }),
  ),
  piece: chunked(
    anthropicFrame({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: stamp },
    }),
  ),
  last: withEnd(
    anthropicFrame({ type: 'content_block_stop', index: 0 }),
    anthropicFrame({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 200 },
    }),
    anthropicFrame({ type: 'message_stop' }),
  ),
}

export const answers = { openai, anthropic }

const monotonicUs = () => String(process.hrtime.bigint() / 1000n).padStart(16, '0')

/** A content piece of `dialect` that says when it was made. */
export function stampedPiece(dialect) {
  const piece = Buffer.from(answers[dialect].piece)
  piece.write(monotonicUs(), piece.indexOf('@') + 1, 'latin1')
  return piece
}
