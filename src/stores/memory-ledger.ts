// Limits within one process: what is out is counted in a map.

import type { Ledger } from '../core/ledger.ts'

/** A ledger that lives as long as the process. */
export function createMemoryLedger(): Ledger {
  const out = new Map<string, number>()

  const inUse = (resource: string): number => out.get(resource) ?? 0

  const add = (resource: string, amount: number): void => {
    const left = inUse(resource) + amount
    if (left > 0) out.set(resource, left)
    else out.delete(resource)
  }

  return {
    inUse,
    reserve: (claims) => {
      const wanted = new Map<string, number>()
      for (const { resource, amount, limit } of claims) {
        const total = (wanted.get(resource) ?? 0) + amount
        if (inUse(resource) + total > limit) return { isGranted: false, resource, limit }
        wanted.set(resource, total)
      }
      for (const [resource, amount] of wanted) add(resource, amount)
      let isSettled = false
      const settle = (): void => {
        if (isSettled) return
        isSettled = true
        for (const [resource, amount] of wanted) add(resource, -amount)
      }
      return { isGranted: true, lease: { settle } }
    },
  }
}
