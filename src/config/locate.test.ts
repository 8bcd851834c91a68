import { expect, test } from 'vitest'
import { lineOf } from './locate.ts'

const text = `# a comment
[server]
port = 8081
motd = """
[providers.fake]
port = 1
"""

[providers."my lab"]
base_url = "http://gpu.lan"
paths = { chat = "/x", wrong = 1 }
models = [
  "one",
  "two",
]
[[listeners]]
address = "a"
[[listeners]]
address = "b"
[log]
format.nested = 1
`

test.each([
  [['server', 'port'], 3],
  [['providers', 'my lab', 'base_url'], 10],
  [['providers', 'my lab', 'paths', 'wrong'], 11],
  [['providers', 'my lab', 'missing'], 9],
  [['listeners', 1, 'address'], 19],
  [['log', 'format', 'nested'], 21],
  [['providers'], 9],
  [['nowhere'], undefined],
] as const)('finds %j on line %s', (path, line) => {
  expect(lineOf(text, path)).toBe(line)
})

test('finds a value in a list over several lines', () => {
  expect(lineOf(text, ['providers', 'my lab', 'models', 1], 'two')).toBe(14)
})
