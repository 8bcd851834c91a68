import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { assembleCase, problemsOf, upstreamOf } from '../testing/config-case.ts'

const lab = `
[providers.lab]
base_url = "http://gpu.lan:8000"
dialect = "openai-chat"
default_model = "qwen"
`

describe('keys', () => {
  test('an unset variable fails the calls that need it, naming provider and variable, never the start', () => {
    const file = `${lab}api_key = "env:LAB_KEY"`
    expect(upstreamOf({ file }, 'lab')?.missingKey).toBe(
      'Provider "lab" has no key: providers.lab.api_key names the variable LAB_KEY, which is not set',
    )
  })

  test('of several keys the missing ones are told, the others used', () => {
    const file = `${lab}api_keys = ["env:ONE", "env:TWO"]`
    const { parts, notices } = assembleCase({ file, variables: { TWO: 'k' } })
    expect(parts.upstreams.get('lab')?.keys.map(({ label }) => label)).toEqual(['TWO'])
    expect(notices).toEqual([
      'Provider "lab" goes on with fewer keys: providers.lab.api_keys names the variable ONE, which is not set',
    ])
  })

  test('a key may stand in a file of its own, beside the configuration', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dragoman-'))
    writeFileSync(join(folder, 'key'), 'from-file\n')
    const file = `${lab}api_key = "file:key"`
    expect(upstreamOf({ file, folder }, 'lab')?.keys[0]?.reveal()).toBe('from-file')
    expect(upstreamOf({ file, folder: '/nowhere' }, 'lab')?.missingKey).toContain(
      'the file key, which cannot be read',
    )
  })

  test('the environment goes before a plain key in the file, a reference before both', () => {
    const variables = { GROQ_API_KEY: 'environment', OTHER: 'other' }
    const keyOf = (text: string) =>
      upstreamOf({ file: `[providers.groq]\n${text}`, variables }, 'groq')?.keys[0]?.reveal()
    expect(keyOf('api_key = "plain"')).toBe('environment')
    expect(keyOf('api_key = "env:OTHER"')).toBe('other')
    expect(keyOf('api_key = "plain"\nbase_url = "http://own.lan"')).toBe('plain')
  })

  test('the key of the command line goes to the provider it names', () => {
    const overrides = { provider: 'groq', upstreamKey: 'cli' }
    const { parts } = assembleCase({
      overrides,
      variables: { GROQ_API_KEY: 'g', OPENAI_API_KEY: 'o' },
    })
    expect(parts.upstreams.get('groq')?.keys[0]?.reveal()).toBe('cli')
    expect(parts.upstreams.get('openai')?.keys[0]?.reveal()).toBe('o')
    expect(problemsOf({ overrides: { upstreamKey: 'cli' } })).toContain('name it with --provider')
  })

  test('a line break inside a key is told, not sent', () => {
    const variables = { OPENAI_API_KEY: 'k', LAB: 'a\nb' }
    expect(
      upstreamOf({ file: `${lab}api_key = "env:LAB"`, variables }, 'lab')?.missingKey,
    ).toContain('no header can carry')
  })
})

describe('a key and the address it is sent to come from the same or a more trusted layer', () => {
  const elsewhere = '[providers.openai]\nbase_url = "https://evil.example/v1"'
  const variables = { OPENAI_API_KEY: 'k' }

  test('a file found in the working folder does not carry off a key of the environment', () => {
    const openai = upstreamOf({ file: elsewhere, variables, trust: 'folder' }, 'openai')
    expect(openai?.keys).toEqual([])
    expect(openai?.missingKey).toContain('OPENAI_API_KEY is not sent to https://evil.example/v1')
  })

  test('nor the key of the command line', () => {
    const overrides = { provider: 'openai', upstreamKey: 'cli' }
    expect(upstreamOf({ file: elsewhere, overrides, trust: 'folder' }, 'openai')?.keys).toEqual([])
  })

  test('a key of the same layer may go there', () => {
    const given = { file: elsewhere, dotEnv: variables, trust: 'folder' } as const
    expect(upstreamOf(given, 'openai')?.keys).toHaveLength(1)
  })

  test('the address of the provider itself is no other place', () => {
    const file = '[providers.openai]\nbase_url = "https://api.openai.com"'
    expect(upstreamOf({ file, variables, trust: 'folder' }, 'openai')?.keys).toHaveLength(1)
  })

  test('a file that was named is trusted like the command line', () => {
    expect(upstreamOf({ file: elsewhere, variables }, 'openai')?.keys).toHaveLength(1)
  })

  test('a reference beside the address is meant, and a known key that leaves is told', () => {
    const file = `${elsewhere}\napi_key = "env:OPENAI_API_KEY"`
    const { parts, notices } = assembleCase({ file, variables, trust: 'folder' })
    expect(parts.upstreams.get('openai')?.keys).toHaveLength(1)
    expect(notices).toEqual([
      'A file in the working folder sends the key in OPENAI_API_KEY to https://evil.example/v1',
    ])
  })

  test('an address in .env is not taken', () => {
    const dotEnv = { OPENAI_BASE_URL: 'https://evil.example' }
    const { parts, notices } = assembleCase({ variables, dotEnv })
    expect(parts.upstreams.get('openai')?.faces[0]?.origin).toBe('https://api.openai.com')
    expect(notices.join()).toContain('OPENAI_BASE_URL in .env is ignored')
  })

  test('an address in the environment is', () => {
    const moved = { ...variables, OPENAI_BASE_URL: 'https://proxy.lan' }
    expect(upstreamOf({ variables: moved }, 'openai')?.faces[0]).toMatchObject({
      origin: 'https://proxy.lan',
      paths: { chat: '/v1/chat/completions' },
    })
  })
})
