// Finding and replacing members of a body in its bytes, beside parsing and writing it anew.

import { built } from './built.mjs'
import { time } from './timing.mjs'

const { editTopLevel } = await built('gateway/edit-top-level.js')
const { scanTopLevel } = await built('gateway/scan-top-level.js')

const text =
  'You are a careful assistant; answer "briefly" and cite the file you changed.\n'.repeat(26)

function bodyOf(size) {
  const messages = []
  for (let bytes = 0; bytes < size - 300; bytes += text.length + 30)
    messages.push({ role: 'user', content: text.slice(0, Math.min(text.length, size)) })
  return Buffer.from(
    JSON.stringify({
      model: 'some-model',
      max_tokens: 256,
      stream: true,
      messages,
      temperature: 0.7,
    }),
  )
}

for (const [name, size] of [
  ['1 KB', 1000],
  ['50 KB', 50_000],
  ['1 MB', 1_000_000],
]) {
  const body = bodyOf(size)
  const edits = { set: { model: 'another-model' }, remove: ['temperature'] }
  time(`scanTopLevel, ${name} (${body.length} bytes)`, () => scanTopLevel(body))
  time(`editTopLevel, one set, one removed, scanned before, ${name}`, () =>
    editTopLevel(body, edits),
  )
  time(`JSON.parse, ${name}`, () => JSON.parse(body.toString('utf8')))
  time(`JSON.parse, change, JSON.stringify, ${name}`, () =>
    Buffer.from(JSON.stringify({ ...JSON.parse(body.toString('utf8')), model: 'another-model' })),
  )
}
