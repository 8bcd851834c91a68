// The product's name and version, from its own package file.

import { readFileSync } from 'node:fs'

export const productName = 'dragoman'

export const productVersion = readVersion(new URL('../../package.json', import.meta.url))

function readVersion(file: URL): string {
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version?: unknown }
  return typeof version === 'string' ? version : '0.0.0'
}
