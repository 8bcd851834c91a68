// Asks a gateway the way a client does, and keeps the bytes of the answer as they came.

import { frameCheckers } from '../../src/testing/index.ts'
import type { RawAnswer } from './answer.ts'
import type { ClientDialect } from './oracle.ts'

export const chatPaths: { readonly [D in ClientDialect]: string } = {
  'openai-chat': '/v1/chat/completions',
  anthropic: '/v1/messages',
}

/** `isBroken`: the connection ended before the answer was whole. */
export type GatewayAnswer = RawAnswer & { readonly text: string; readonly isBroken: boolean }

/** Posts `body` (JSON, or bytes as they are) and reads the answer to its end. */
export async function ask(
  address: string,
  path: string,
  body: unknown,
  headers: { readonly [name: string]: string } = {},
): Promise<GatewayAnswer> {
  const response = await fetch(address + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body),
  })
  const { bytes, isBroken } = await readBody(response)
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    bytes,
    text: new TextDecoder().decode(bytes),
    isStream: (response.headers.get('content-type') ?? '').includes('text/event-stream'),
    isBroken,
  }
}

async function readBody(response: Response): Promise<{ bytes: Uint8Array; isBroken: boolean }> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of response.body ?? []) chunks.push(chunk as Uint8Array)
    return { bytes: Buffer.concat(chunks), isBroken: false }
  } catch {
    return { bytes: Buffer.concat(chunks), isBroken: true }
  }
}

/** What is wrong with the frames of a streamed answer; nothing for a whole one. */
export const checkFrames = (
  dialect: ClientDialect,
  answer: GatewayAnswer,
  wantsUsage?: boolean,
): readonly string[] =>
  answer.isStream
    ? (frameCheckers[dialect]?.(answer.text, wantsUsage === undefined ? {} : { wantsUsage }) ?? [])
    : []

/** The plainest question in each dialect. */
export function plainRequest(
  dialect: ClientDialect,
  model: string,
  isStream: boolean,
): { readonly [key: string]: unknown } {
  const messages = [{ role: 'user', content: 'Good morning!' }]
  return dialect === 'anthropic'
    ? { model, max_tokens: 1024, messages, stream: isStream }
    : {
        model,
        messages,
        stream: isStream,
        ...(isStream ? { stream_options: { include_usage: true } } : {}),
      }
}

/** A client's recorded request, for another model and framing. */
export function asRequest(
  dialect: ClientDialect,
  recorded: { readonly [key: string]: unknown },
  model: string,
  isStream: boolean,
): { readonly [key: string]: unknown } {
  const { stream_options: _options, stream: _stream, ...rest } = recorded
  return {
    ...rest,
    model,
    stream: isStream,
    ...(isStream && dialect === 'openai-chat' ? { stream_options: { include_usage: true } } : {}),
  }
}
