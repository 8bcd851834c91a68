import picocolors from 'picocolors'
import { expect, test } from 'vitest'
import { Secret } from '../../core/secret.ts'
import { createLogger } from './logger.ts'

function createRecorder() {
  const lines: string[] = []
  const plain = picocolors.createColors(false)
  const terminal = {
    out: () => {},
    error: (text: string) => void lines.push(text),
    colors: plain,
    errorColors: plain,
  }
  return { lines, terminal }
}

test('the console format is one short line', () => {
  const { lines, terminal } = createRecorder()
  createLogger('console', 'info', terminal).info(
    { status: 200, target: 'sim/echo', why: 'two words', losses: ['a:b', 'c:d'], usage: undefined },
    'answered',
  )
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d info {2}answered status=200 target=sim\/echo why="two words" losses=a:b,c:d\n$/,
  )
})

test('the JSON format is one object a line', () => {
  const { lines, terminal } = createRecorder()
  createLogger('json', 'info', terminal).warn({ status: 503 }, 'refused')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 40, status: 503, msg: 'refused' })
})

test.each(['console', 'json'] as const)('%s: a level can be changed while running', (format) => {
  const { lines, terminal } = createRecorder()
  const log = createLogger(format, 'warn', terminal)
  log.info({}, 'unheard')
  log.setLevel('debug')
  log.debug({}, 'heard')
  expect(lines.join('')).toContain('heard')
  expect(lines.join('')).not.toContain('unheard')
})

test.each(['console', 'json'] as const)('%s: a secret is masked however it is logged', (format) => {
  const { lines, terminal } = createRecorder()
  const secret = new Secret('sk-very-secret', 'X')
  const log = createLogger(format, 'info', terminal)
  log.error(
    { secret, nested: { secret }, list: [secret], cause: new Error(`${secret}`) },
    `key ${secret}`,
  )
  expect(lines.join('')).toContain('[secret]')
  expect(lines.join('')).not.toContain('sk-very-secret')
})

test('text from outside cannot forge a line', () => {
  const { lines, terminal } = createRecorder()
  const log = createLogger('console', 'info', terminal)
  log.info({ model: 'a\nb' }, 'first\n12:00:00 info forged\u001b[2J')
  expect(lines[0]?.split('\n')).toHaveLength(2)
  expect(lines[0]).not.toContain('\u001b')
})
