// The request the load generator sends: a plain conversation of a given size in either dialect.

const filler = 'You are a careful assistant; answer briefly and cite the file you changed. '.repeat(
  30,
)
const messageBytes = 2000
const messageOverhead = 34

/** The HTTP request as bytes. `path` and `headers` as sent; `bytes` is the body's size, about. */
export function createRequest({ dialect, model, isStream, bytes, path, host, headers }) {
  const body = Buffer.from(JSON.stringify(createBody(dialect, model, isStream, bytes)))
  const lines = Object.entries({
    Host: host,
    'Content-Type': 'application/json',
    ...(dialect === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {}),
    ...headers,
    'Content-Length': body.length,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), body])
}

function createBody(dialect, model, isStream, bytes) {
  const system = 'You are a careful assistant.'
  const fields = {
    model,
    stream: isStream,
    max_tokens: 256,
    temperature: 0.7,
    ...(dialect === 'anthropic' ? { system } : {}),
    ...(dialect === 'openai' && isStream ? { stream_options: { include_usage: true } } : {}),
  }
  const first = dialect === 'openai' ? [{ role: 'system', content: system }] : []
  const missing = Math.max(1, bytes - JSON.stringify({ ...fields, messages: first }).length)
  // An odd number, so that the conversation ends with the user.
  const count = 2 * Math.floor(missing / messageBytes / 2) + 1
  const length = Math.max(1, Math.floor(missing / count) - messageOverhead)
  const turns = Array.from({ length: count }, (_, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: filler.slice(0, length),
  }))
  return { ...fields, messages: [...first, ...turns] }
}
