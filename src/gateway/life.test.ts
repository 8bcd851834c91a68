import fc from 'fast-check'
import { expect, test } from 'vitest'
import { born, type LifeAction, type LifeSignal, type LifeState, nextLife } from './life.ts'

const walk = (signals: readonly LifeSignal[]): { state: LifeState; actions: LifeAction[] } => {
  let state = born
  const actions: LifeAction[] = []
  for (const signal of signals) {
    const step = nextLife(state, signal)
    state = step.state
    actions.push(...step.actions)
  }
  return { state, actions }
}

const rows: readonly [string, readonly LifeSignal[], string, readonly LifeAction[]][] = [
  ['content opens and shows what was held', ['content'], 'committed open', ['open', 'flush']],
  ['a complete answer ends', ['content', 'end'], 'ended open', ['open', 'flush', 'finish']],
  ['an empty answer opens to end', ['end'], 'ended open', ['open', 'flush', 'finish']],
  ['a failure before opening is a status', ['fail'], 'failed closed', ['discard', 'reject']],
  [
    'a failed exchange is forgotten before the next',
    ['retry', 'content'],
    'committed open',
    ['discard', 'open', 'flush'],
  ],
  [
    'silence opens, and failover still goes on',
    ['silence', 'retry', 'content', 'end'],
    'ended open',
    ['open', 'keep-alive', 'discard', 'flush', 'finish'],
  ],
  [
    'a failure after opening is told in the stream',
    ['silence', 'fail'],
    'failed open',
    ['open', 'keep-alive', 'discard', 'error-frames', 'finish'],
  ],
  [
    'a failure after commit is told in the stream',
    ['content', 'fail'],
    'failed open',
    ['open', 'flush', 'error-frames', 'finish'],
  ],
  [
    'nothing follows a committed exchange that failed',
    ['content', 'retry', 'content'],
    'failed open',
    ['open', 'flush', 'error-frames', 'finish'],
  ],
  [
    'a hang-up before opening stops the upstream',
    ['hang-up'],
    'cancelled closed',
    ['discard', 'abort-upstream', 'reject'],
  ],
  [
    'a hang-up in mid-stream stops the upstream',
    ['content', 'hang-up'],
    'cancelled open',
    ['open', 'flush', 'abort-upstream'],
  ],
  [
    'nothing comes after the end',
    ['content', 'end', 'fail', 'hang-up', 'content'],
    'ended open',
    ['open', 'flush', 'finish'],
  ],
]

test.each(rows)('%s', (_name, signals, end, actions) => {
  const walked = walk(signals)
  expect(`${walked.state.exchange} ${walked.state.client}`).toBe(end)
  expect(walked.actions).toEqual(actions)
})

const signal = fc.constantFrom<LifeSignal>('content', 'silence', 'retry', 'fail', 'end', 'hang-up')

test('whatever happens, a client is opened once, finished once, and never after a rejection', () => {
  fc.assert(
    fc.property(fc.array(signal, { maxLength: 12 }), (signals) => {
      const { actions } = walk(signals)
      const count = (action: LifeAction): number => actions.filter((one) => one === action).length
      expect(count('open')).toBeLessThanOrEqual(1)
      expect(count('finish') + count('reject') + count('abort-upstream')).toBeLessThanOrEqual(2)
      expect(count('finish')).toBeLessThanOrEqual(1)
      if (count('reject') > 0) expect(count('open')).toBe(0)
      if (count('finish') > 0) expect(count('open')).toBe(1)
      if (count('error-frames') > 0)
        expect(actions.indexOf('error-frames')).toBeGreaterThan(actions.indexOf('open'))
    }),
  )
})
