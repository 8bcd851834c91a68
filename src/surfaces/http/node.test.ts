import { expect, test } from 'vitest'
import { createGateway } from '../../index.ts'

const anHourMs = 3_600_000

test('a closing server waits for the call under way, but not for a connection kept for a next one', async () => {
  const library = createGateway({ discover: { enabled: false } })
  const listening = await library.listen({ port: 0 })
  const response = await fetch(`http://127.0.0.1:${listening.port}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({
      model: 'sim/lorem?tokens=10&delay=5ms',
      stream: true,
      messages: [{ role: 'user', content: 'Go on.' }],
    }),
  })
  const closed = listening.close(anHourMs)
  expect(await response.text()).toMatch(/data: \[DONE\]\n\n$/)
  await closed
  await library.close()
})
