import { expect, test } from 'vitest'
import { rewriteArguments } from './arguments.ts'

const known = new Set(['port', 'config', 'token', 'host', 'log-level', 'llm-api-key', 'help'])
const rewrite = (line: string): string => rewriteArguments(line.split(' '), known).join(' ')

test.each([
  ['-config c.toml server -port 8080 -token x', '--config c.toml server --port 8080 --token x'],
  ['server -port=8080', 'server --port=8080'],
  ['-log-level debug', '--log-level debug'],
  ['-llm-api-key=a=b', '--llm-api-key=a=b'],
  ['-help', '--help'],
])('%s becomes %s', (line, expected) => {
  expect(rewrite(line)).toBe(expected)
})

test.each([
  '-p 8080',
  '-p8080',
  '-H 0.0.0.0',
  '--port 8080',
  '-unknown 1',
  '- port',
  'port',
  '-Port 1',
])('%s stays as it is', (line) => {
  expect(rewrite(line)).toBe(line)
})

test('what follows a double dash belongs to somebody else', () => {
  expect(rewrite('-port 1 -- -port 2')).toBe('--port 1 -- -port 2')
})
