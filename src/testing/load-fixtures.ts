// Reads exchanges from a folder: our own fixtures and recorded traffic have the same layout,
// `<provider>-<dialect>/<case>/{meta.json, request.json, response.*, expected.json}`.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export type Fixture = {
  /** `<folder>/<case>`. */
  readonly id: string
  readonly dialect: string
  readonly provider: string
  readonly model: string
  readonly isStream: boolean
  readonly status: number
  readonly features: readonly string[]
  /** Response headers worth replaying. */
  readonly headers: { readonly [name: string]: string }
  /** The body the client sent; undefined where none was kept. */
  readonly request?: {
    readonly bytes: Uint8Array
    readonly json: { readonly [key: string]: unknown }
  }
  readonly response: Uint8Array
  /** What a reader must understand, listed by hand; undefined where an oracle has to tell. */
  readonly expected?: unknown
}

export type FixtureFilter = {
  /** Which dialects to load, and other names the folder uses for them: name there → name here. */
  readonly dialects: { readonly [nameInFolder: string]: string }
}

const responseNames = ['response.sse', 'response.json', 'response.ndjson', 'response.txt']

/** Every fixture below `folder` whose dialect is asked for, ordered by id. Throws on a broken case. */
export function loadFixtures(folder: string, filter: FixtureFilter): readonly Fixture[] {
  const fixtures: Fixture[] = []
  for (const group of folders(folder)) {
    for (const name of folders(join(folder, group))) {
      const fixture = load(join(folder, group, name), `${group}/${name}`, filter)
      if (fixture) fixtures.push(fixture)
    }
  }
  return fixtures.sort((a, b) => (a.id < b.id ? -1 : 1))
}

const folders = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory())

function load(folder: string, id: string, { dialects }: FixtureFilter): Fixture | undefined {
  const metaPath = join(folder, 'meta.json')
  if (!existsSync(metaPath)) return undefined
  const meta = readJson(metaPath)
  const dialect = dialects[String(meta['dialect'])]
  const responseName = responseNames.find((name) => existsSync(join(folder, name)))
  if (dialect === undefined || !responseName) return undefined
  const requestPath = join(folder, 'request.json')
  const expectedPath = join(folder, 'expected.json')
  return {
    id,
    dialect,
    provider: String(meta['provider']),
    model: String(meta['model']),
    isStream: meta['stream'] === true,
    status: Number(meta['status'] ?? 200),
    features: (meta['features'] ?? []) as readonly string[],
    headers: (meta['response_headers'] ?? {}) as Fixture['headers'],
    ...(existsSync(requestPath)
      ? { request: { bytes: readFileSync(requestPath), json: readJson(requestPath) } }
      : {}),
    response: readFileSync(join(folder, responseName)),
    ...(existsSync(expectedPath) ? { expected: readJson(expectedPath) } : {}),
  }
}

const readJson = (path: string): { readonly [key: string]: unknown } =>
  JSON.parse(readFileSync(path, 'utf8'))
