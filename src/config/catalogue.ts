// Which providers there are: the catalogue's, and those the configuration adds or changes.

import { providerId } from '../core/brand.ts'
import { suggestion } from '../core/nearest.ts'
import type { Provider } from '../core/provider.ts'
import { createCustomProvider } from '../providers/custom.ts'
import type { ProviderTable } from './schema.ts'

/** A provider with what the configuration says of it, before keys and addresses are known. */
export type Entry = {
  readonly id: string
  readonly provider: Provider
  readonly table: ProviderTable
  /** `catalogue`: at its own place, where variables hold for it. `copy`: another place of its kind. */
  readonly origin: 'catalogue' | 'copy' | 'custom'
  /** The `[providers.X]` table it has in the file. */
  readonly tableName?: string
}

/** Takes note of something wrong at a path of the file. */
export type Report = (path: readonly PropertyKey[], message: string, value?: unknown) => void

type Tables = Readonly<Record<string, ProviderTable>>

/** Every accepted spelling in lower case → the provider it means. */
export const namesOf = <P extends { readonly provider: Provider; readonly id: string }>(
  entries: readonly P[],
): ReadonlyMap<string, P> =>
  new Map([
    ...entries.flatMap((entry) =>
      (entry.provider.aliases ?? []).map((alias) => [alias.toLowerCase(), entry] as const),
    ),
    ...entries.map((entry) => [entry.id.toLowerCase(), entry] as const),
  ])

/**
 * The file's providers in its order, then the rest of the catalogue unless `isDiscovering` is off;
 * what runs inside this process is always there. Disabled ones are left out.
 */
export function createEntries(
  catalogue: readonly Provider[],
  tables: Tables,
  isDiscovering: boolean,
  report: Report,
): readonly Entry[] {
  const known = namesOf(catalogue.map((provider) => ({ id: provider.id, provider })))
  const entries = new Map<string, Entry>()
  for (const [name, table] of Object.entries(tables)) {
    const entry = toEntry(name, table, known, report)
    if (!entry) continue
    const twin = entries.get(entry.id.toLowerCase())
    if (twin)
      report(['providers', name], `is "${twin.tableName}" again; keep one of the two tables`)
    entries.set(entry.id.toLowerCase(), entry)
  }
  for (const provider of catalogue) {
    if (entries.has(provider.id) || (!isDiscovering && provider.kind !== 'local')) continue
    entries.set(provider.id, { id: provider.id, provider, table: {}, origin: 'catalogue' })
  }
  return [...entries.values()].filter(({ table }) => table.enabled !== false)
}

type Known = ReadonlyMap<string, { readonly provider: Provider }>

function toEntry(
  name: string,
  table: ProviderTable,
  known: Known,
  report: Report,
): Entry | undefined {
  const path = ['providers', name]
  if (!/^[^\s/]+$/.test(name)) {
    report(path, 'must be a name without spaces and slashes: clients write provider/model')
    return undefined
  }
  const own = known.get(name.toLowerCase())
  if (own && table.like !== undefined) {
    report(
      [...path, 'like'],
      `is not needed: "${name}" is in the catalogue; choose another name for a second place`,
    )
    return undefined
  }
  if (own)
    return {
      id: own.provider.id,
      provider: own.provider,
      table,
      origin: 'catalogue',
      tableName: name,
    }
  if (table.like !== undefined) return toCopy(name, table, known, report)
  const dialects = dialectsOf(table)
  if (dialects && table.base_url !== undefined) {
    const provider = createCustomProvider(name, dialects, table.base_url)
    return { id: name, provider, table, origin: 'custom', tableName: name }
  }
  const meant = suggestion(name, known.keys())
  report(
    path,
    `is not in the catalogue${meant}; say where it is and what it speaks: base_url = "http://…" and dialect = "…", or like = "…"`,
  )
  return undefined
}

function toCopy(
  name: string,
  table: ProviderTable,
  known: Known,
  report: Report,
): Entry | undefined {
  const like = table.like ?? ''
  const original = known.get(like.toLowerCase())?.provider
  if (!original) {
    report(
      ['providers', name, 'like'],
      `is "${like}", which is not in the catalogue${suggestion(like, known.keys())}`,
      like,
    )
    return undefined
  }
  const provider = { ...original, id: providerId(name), label: name, aliases: [] }
  return { id: name, provider, table, origin: 'copy', tableName: name }
}

/** What the file says of a provider, under whichever of its names. */
export function tableOf(
  { id, provider }: { readonly id: string; readonly provider: Provider },
  tables: Tables = {},
): ProviderTable | undefined {
  const names = namesOf([{ id, provider }])
  return Object.entries(tables).find(([name]) => names.has(name.toLowerCase()))?.[1]
}

/** The dialects a table names, best first. */
export const dialectsOf = (table: ProviderTable): readonly string[] | undefined =>
  table.dialects ?? (table.dialect === undefined ? undefined : [table.dialect])
