// A provider whose streams say half a sentence and go on only when they are told: so that a test decides
// what happens in the middle.

import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type GatedUpstream = {
  readonly address: string
  /** The keys it was shown, oldest first. */
  readonly keys: readonly string[]
  /** Lets every open stream end as it should. */
  release(): void
  close(): Promise<void>
}

const head = { id: 'chatcmpl-1', created: 1_790_000_000, model: 'm' }
const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`

/** Speaks OpenAI Chat and says its `name`, whole at once, streamed in two halves. */
export async function startGatedUpstream(name: string): Promise<GatedUpstream> {
  const keys: string[] = []
  const waiting = new Set<ServerResponse>()
  const server = createServer(async (request, response) => {
    keys.push(request.headers.authorization ?? '')
    let text = ''
    for await (const piece of request.setEncoding('utf8')) text += piece
    if ((JSON.parse(text) as { readonly stream?: boolean }).stream) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(chunk({ role: 'assistant', content: 'I am ' }))
      waiting.add(response)
      return
    }
    const message = { role: 'assistant', content: `I am ${name}` }
    const choices = [{ index: 0, message, finish_reason: 'stop' }]
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ...head, object: 'chat.completion', choices }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    release: () => {
      for (const response of waiting)
        response.end(`${chunk({ content: name })}${chunk({}, 'stop')}data: [DONE]\n\n`)
      waiting.clear()
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
