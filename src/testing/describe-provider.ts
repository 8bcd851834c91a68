// The contract every entry of the catalogue keeps.

import { describe, expect, test } from 'vitest'
import type { Provider, UnsignedRequest, WireProvider } from '../core/provider.ts'
import { Secret } from '../core/secret.ts'

export type ProviderExpectations = {
  /** Ids of the dialects there are: a face must be one of them. */
  readonly dialects: readonly string[]
  /** Models whose profiles are asked for. */
  readonly models?: readonly string[]
}

/** Checks a provider: names, addresses, variables, and a key that is shown but never in the address. */
export function describeProvider(provider: Provider, expectations: ProviderExpectations): void {
  describe(`provider ${provider.id}`, () => {
    test('has an id clients can write, a label and a default model', () => {
      expect(provider.id).toMatch(/^[a-z][a-z0-9_-]*$/)
      expect(provider.label).not.toBe('')
      expect(provider.defaultModel).not.toBe('')
      for (const alias of provider.aliases ?? []) expect(alias).toMatch(/^[^\s/]+$/)
    })
    if (provider.kind === 'wire') describeWireProvider(provider, expectations)
    else {
      test('lists its models, the default among them', () => {
        expect(provider.models).toContain(provider.defaultModel)
      })
    }
  })
}

function describeWireProvider(
  provider: WireProvider,
  { dialects, models = [] }: ProviderExpectations,
): void {
  const faces = Object.entries(provider.faces)

  test('has at least one face, each of a known dialect at an encrypted or local address', () => {
    expect(faces).not.toHaveLength(0)
    for (const [dialect, { base }] of faces) {
      expect(dialects).toContain(dialect)
      const { protocol, hostname, username, password, search } = new URL(base)
      expect(protocol === 'https:' || ['localhost', '127.0.0.1'].includes(hostname)).toBe(true)
      expect(username + password + search).toBe('')
    }
  })

  test('names its variables as environments do', () => {
    const variables = [
      ...provider.keyVariables,
      ...(provider.baseVariables ?? []),
      ...(provider.modelVariables ?? []),
      ...Object.values(provider.headerVariables ?? {}),
    ]
    for (const name of variables) expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/)
    if (provider.isKeyRequired) expect(provider.keyVariables).not.toHaveLength(0)
  })

  test.each(faces)('shows its key in a header of %s', async (_dialect, { base }) => {
    const request: UnsignedRequest = {
      method: 'POST',
      url: base,
      headers: {},
      body: new Uint8Array(),
    }
    const headers = await provider.authorize(new Secret('key-for-test', 'X'), request)
    expect(JSON.stringify(headers)).toContain('key-for-test')
    for (const name of Object.keys(headers)) expect(name).toBe(name.toLowerCase())
  })

  test('has a profile for any model of any name', () => {
    for (const [dialect] of faces) {
      for (const model of [provider.defaultModel, ...models, 'a-model-of-tomorrow', ''])
        expect(provider.profile?.(model, dialect) ?? {}).toBeTypeOf('object')
    }
  })
}
