// The contract every plugin keeps, and a call to try one with.

import { describe, expect, test } from 'vitest'
import type { Call, Outcome, Plugin, PluginServices, Reply } from '../core/call.ts'
import type { Ledger } from '../core/ledger.ts'
import { createLosses } from '../core/loss.ts'
import { createCancellation } from '../core/services.ts'
import { createServices } from '../gateway/services.ts'

export type CallUnderTest = {
  readonly call: Call
  /** Ends the call; everything the plugin took must be released by this. */
  settle(): void
}

/** A call of `operation` as stages see it. */
export function createCallUnderTest(operation: Call['operation'] = 'chat'): CallUnderTest {
  const settlers: ((outcome: Outcome) => void)[] = []
  const common = {
    id: 'call_test',
    model: 'm',
    headers: {},
    caller: { id: 'anonymous' },
    isStrict: false,
    body: { bytes: new Uint8Array(), fields: {} },
    receivedAtMs: 0,
    losses: createLosses(),
    taps: [],
    notes: new Map(),
    cancellation: createCancellation(),
    onSettled: (run: (outcome: Outcome) => void) => void settlers.push(run),
    request: () => ({ model: 'm', system: [], turns: [], stream: false }),
  }
  const outcome = { status: 200, attempts: [], losses: [], durationMs: 0 }
  return {
    // Stages see the dialect only through the request; none is needed here.
    call: { ...common, operation, isStream: false, isRewritten: false } as unknown as Call,
    settle: () => {
      for (const run of settlers.splice(0)) run(outcome)
    },
  }
}

/** An answer that is at hand. */
export const emptyReply: Reply = {
  status: 200,
  headers: {},
  body: '',
  trailerNames: [],
  start: () => {},
  resume: () => {},
  cancel: () => {},
}

/** The real clock with a given ledger. */
export const createPluginServices = (ledger: Ledger): PluginServices => ({
  ...createServices(),
  ledger,
})

/** Checks a plugin with options that are valid: what it takes, it gives back. */
export function describePlugin<Options>(
  plugin: Plugin<Options>,
  options: Readonly<Record<string, unknown>>,
  createLedger: () => Ledger,
): void {
  describe(`plugin ${plugin.name}`, () => {
    const setUp = (ledger: Ledger) =>
      plugin.setup(plugin.options.parse(options), createPluginServices(ledger))

    test('has a kebab-case name and says in one line what it does', () => {
      expect(plugin.name).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(plugin.summary).toMatch(/^[^\n]{5,80}$/)
    })

    test('refuses options it does not know', () => {
      expect(() => plugin.options.parse({ ...options, surely_unknown: 1 })).toThrow()
    })

    test('lets a call through, with the answer it got', async () => {
      const { stage } = setUp(createLedger())
      const { call, settle } = createCallUnderTest()
      expect(await stage(call, async () => emptyReply)).toBe(emptyReply)
      settle()
    })

    test('passes on a failure of what comes after', async () => {
      const { stage } = setUp(createLedger())
      const { call, settle } = createCallUnderTest()
      const failure = new Error('further down')
      await expect(stage(call, () => Promise.reject(failure))).rejects.toBe(failure)
      settle()
    })

    test('a thousand settled calls leave nothing taken', async () => {
      const taken = new Set<string>()
      const ledger = createLedger()
      const watched: Ledger = {
        ...ledger,
        reserve: (claims) => {
          for (const { resource } of claims) taken.add(resource)
          return ledger.reserve(claims)
        },
      }
      const { stage } = setUp(watched)
      for (let index = 0; index < 1000; index += 1) {
        const { call, settle } = createCallUnderTest()
        await stage(call, async () => emptyReply)
        settle()
      }
      for (const resource of taken) expect(ledger.inUse(resource)).toBe(0)
    })
  })
}
