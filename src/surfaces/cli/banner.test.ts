import picocolors from 'picocolors'
import { expect, test } from 'vitest'
import { type BannerFacts, toBanner } from './banner.ts'

const plain = picocolors.createColors(false)

const facts: BannerFacts = {
  version: '0.1.0',
  address: 'http://127.0.0.1:8081',
  found: [{ label: 'OpenAI', key: 'OPENAI_API_KEY' }, { label: 'Simulator' }],
  auto: { targets: ['openai/gpt-x'], reason: 'OPENAI_API_KEY was found' },
  clientKeys: [],
  isLoopback: true,
  tryModel: 'sim',
}

test('says what was found, what auto means and why, and what to paste', () => {
  expect(toBanner(facts, plain)).toBe(`  dragoman 0.1.0  http://127.0.0.1:8081

  found    OpenAI (OPENAI_API_KEY), Simulator
  auto     openai/gpt-x: OPENAI_API_KEY was found
  access   this machine only, no key
  config   no file, none needed

  curl http://127.0.0.1:8081/v1/chat/completions \\
    -H 'content-type: application/json' \\
    -d '{"model":"sim","messages":[{"role":"user","content":"Hello"}]}'
`)
})

test('with a client key the call to paste shows it by its name', () => {
  const banner = toBanner({ ...facts, clientKeys: ['DRAGOMAN_API_KEY'] }, plain)
  expect(banner).toContain('access   with a key: DRAGOMAN_API_KEY')
  expect(banner).toContain('-H "authorization: Bearer $DRAGOMAN_API_KEY" \\')
  expect(toBanner({ ...facts, clientKeys: ['command line'] }, plain)).toContain('Bearer YOUR_KEY')
})

test('warns of an open door off loopback', () => {
  expect(toBanner({ ...facts, isLoopback: false }, plain)).toContain('OPEN to the network')
})

test('never grows beyond 12 lines and 80 columns', () => {
  const many = Array.from({ length: 30 }, (_, index) => ({
    label: `P${index}`,
    key: `P${index}_KEY`,
  }))
  const banner = toBanner(
    {
      ...facts,
      address: 'http://[::ffff:192.168.100.200]:65535',
      found: many,
      auto: { targets: many.map(({ label }) => `${label}/m`), reason: 'x'.repeat(200) },
      clientKeys: many.map(({ key }) => key),
      config: `/${'folder/'.repeat(40)}dragoman.toml`,
    },
    plain,
  )
  const lines = banner.trimEnd().split('\n')
  expect(lines.length).toBeLessThanOrEqual(12)
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80)
})

test('in a narrow terminal rows are cut, the call to paste is not', () => {
  const lines = toBanner(facts, plain, 36).split('\n')
  expect(lines).toContain('  auto     openai/gpt-x: OPENAI_API…')
  expect(lines).toContain("    -H 'content-type: application/json' \\")
})

test('uses colour only when asked to', () => {
  expect(toBanner(facts, picocolors.createColors(true))).toContain('\u001b[')
  expect(toBanner(facts, plain)).not.toContain('\u001b[')
})
