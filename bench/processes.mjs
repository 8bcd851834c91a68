// CPU and memory of processes and their descendants, from /proc (Linux only).

import { readdirSync, readFileSync } from 'node:fs'

const ticksPerSecond = 100

function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The command may hold spaces and brackets; the fields begin after its last bracket.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return {
      parent: Number(fields[1]),
      cpu: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    }
  } catch {
    return undefined
  }
}

/** The processes and all their descendants. */
export function withDescendants(roots) {
  const children = new Map()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = statOf(name)
    if (stat) children.set(stat.parent, [...(children.get(stat.parent) ?? []), Number(name)])
  }
  const below = (pid) => [pid, ...(children.get(pid) ?? []).flatMap(below)]
  return roots.flatMap(below)
}

/** Seconds of CPU, user and system, that the processes and their descendants have used. */
export const cpuSeconds = (roots) =>
  withDescendants(roots).reduce((total, pid) => total + (statOf(pid)?.cpu ?? 0), 0)

/** Seconds of CPU that this machine has used in all. */
export function machineCpuSeconds() {
  const [line] = readFileSync('/proc/stat', 'latin1').split('\n')
  const [user, nice, system, , , interrupts, softInterrupts] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + interrupts + softInterrupts) / ticksPerSecond
}

/** Memory of the processes and their descendants, shared pages by share (PSS), KiB. */
export function memoryKib(roots) {
  return withDescendants(roots).reduce((total, pid) => {
    try {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
      return total + Number(/Pss:\s+(\d+)/.exec(text)?.[1] ?? 0)
    } catch {
      return total
    }
  }, 0)
}
