// Secrets in the configuration are written `env:NAME`, `file:PATH` or plainly, and become values that
// cannot be printed.

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { Secret } from '../core/secret.ts'
import type { Environment } from './environment.ts'

export type FoundSecret =
  | { readonly isFound: true; readonly secret: Secret }
  /** `reason` names the variable or file, e.g. `the variable LAB_KEY, which is not set`. */
  | { readonly isFound: false; readonly reason: string }

export type SecretPlace = {
  readonly environment: Environment
  /** Relative `file:` paths start here. */
  readonly folder: string
}

/** True for `env:NAME` and `file:PATH`: such text may be shown, what it stands for may not. */
export const isReference = (text: string): boolean => /^(env|file):/.test(text)

/** The secret that `text` stands for; `label` names a plain one in logs, e.g. its key in the file. */
export function findSecret(text: string, label: string, place: SecretPlace): FoundSecret {
  if (text.startsWith('env:')) return fromVariable(text.slice(4).trim(), place)
  if (text.startsWith('file:')) return fromFile(text.slice(5).trim(), place)
  return toSecret(text, label)
}

function fromVariable(name: string, { environment }: SecretPlace): FoundSecret {
  const variable = environment.get(name)
  if (!variable) return { isFound: false, reason: `the variable ${name}, which is not set` }
  return toSecret(variable.value, name)
}

function fromFile(name: string, { folder }: SecretPlace): FoundSecret {
  const path = name.startsWith('~/') ? resolve(homedir(), name.slice(2)) : resolve(folder, name)
  try {
    return toSecret(readFileSync(path, 'utf8'), `file:${name}`)
  } catch {
    return { isFound: false, reason: `the file ${name}, which cannot be read` }
  }
}

function toSecret(text: string, label: string): FoundSecret {
  const value = text.trim()
  if (value === '') return { isFound: false, reason: `${label}, which is empty` }
  // A line break or a letter outside Latin-1 in a header is an error of the transport, far from here.
  if (!/^[\x20-\x7e\xa0-\xff]+$/.test(value))
    return { isFound: false, reason: `${label}, which has characters no header can carry` }
  return { isFound: true, secret: new Secret(value, label) }
}
