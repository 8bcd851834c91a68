import { describe, expect, test } from 'vitest'
import { assembleCase, type ConfigCase, configureCase, problemsOf } from '../testing/config-case.ts'
import type { Overrides } from './settings.ts'

describe('the door', () => {
  const serverOf = (given: ConfigCase) => assembleCase(given).parts.server

  test('every way to give a key adds one, and the same key twice is one', () => {
    const variables = { LLM_ROUTER_API_KEY: 'a', LLM_LINK_API_KEY: 'b', DRAGOMAN_API_KEY: 'a' }
    const file = '[server]\napi_keys = ["env:DRAGOMAN_API_KEY", "c"]'
    const { keys } = serverOf({ variables, file, overrides: { clientKeys: ['d'] } })
    expect(keys.map(({ secret }) => secret.reveal()).toSorted()).toEqual(['a', 'b', 'c', 'd'])
  })

  test('off loopback without a key is refused, unless that is meant', () => {
    const file = '[server]\nhost = "0.0.0.0"'
    expect(problemsOf({ file })).toContain(
      'dragoman.toml:2: server.host is "0.0.0.0", which others can reach, and no key protects it',
    )
    // The file is not blamed for what a variable or a flag said.
    expect(problemsOf({ file, variables: { LLM_ROUTER_HOST: '192.168.1.2' } })).toContain(
      'the environment: LLM_ROUTER_HOST is "192.168.1.2", which others can reach',
    )
    expect(problemsOf({ file, overrides: { host: '0.0.0.0' } })).toContain(
      'command line: --host is "0.0.0.0", which others can reach',
    )
    expect(serverOf({ file: `${file}\nallow_open = true` }).allowOpen).toBe(true)
    expect(serverOf({ file, variables: { DRAGOMAN_API_KEY: 'k' } }).keys).toHaveLength(1)
    expect(serverOf({ overrides: { host: '[::1]' } }).host).toBe('::1')
  })

  test('a key that was asked for and cannot be found locks the door', () => {
    const file = '[server]\napi_keys = ["env:NOWHERE"]'
    const { parts, notices } = assembleCase({ file })
    expect(parts.server.keys).toHaveLength(1)
    expect(parts.server.keys[0]?.secret.reveal().length).toBeGreaterThan(20)
    expect(notices.join('\n')).toContain('every call is refused')
  })

  test('the queue section sets up the plugin that keeps it', () => {
    expect(assembleCase({}).parts.stages).toEqual([])
    const file = '[queue]\nmax_concurrency = 2'
    expect(assembleCase({ file }).parts.stages.map(({ name }) => name)).toEqual(['concurrency'])
    expect(
      assembleCase({ file: `${file}\n[plugins.concurrency]\nenabled = false` }).parts.stages,
    ).toEqual([])
    expect(problemsOf({ file: '[plugins.concurrency]\nenabled = true' })).toContain(
      'plugins.concurrency does not fit: max_concurrency',
    )
  })
})

describe('precedence: command line, environment, .env, file, default', () => {
  const file = '[server]\nport = 3\n[log]\nlevel = "warn"'
  const settingsOf = (given: ConfigCase) => configureCase(given).settings

  test('of the port', () => {
    const dotEnv = { LLM_ROUTER_PORT: '2' }
    const variables = { LLM_ROUTER_PORT: '1' }
    expect(settingsOf({ file, dotEnv, variables, overrides: { port: 0 } }).port).toBe(0)
    expect(settingsOf({ file, dotEnv, variables }).port).toBe(1)
    expect(settingsOf({ file, dotEnv }).port).toBe(2)
    expect(settingsOf({ file }).port).toBe(3)
    expect(settingsOf({}).port).toBe(8081)
  })

  test('of the log level', () => {
    const level = (variables: Readonly<Record<string, string>>, overrides: Overrides = {}) =>
      settingsOf({ file, variables, overrides }).logLevel
    expect(level({})).toBe('warn')
    expect(level({ LLM_ROUTER_DEBUG: '1' })).toBe('debug')
    for (const off of ['0', 'false', 'No', ''])
      expect(level({ LLM_ROUTER_DEBUG: off })).toBe('warn')
    expect(level({ LLM_ROUTER_DEBUG: '1', LLM_LINK_LOG_LEVEL: 'error' })).toBe('error')
    expect(level({ LLM_LINK_LOG_LEVEL: 'error', RUST_LOG: 'hyper=warn,trace' })).toBe('trace')
    expect(level({ RUST_LOG: 'trace' }, { logLevel: 'info' })).toBe('info')
  })

  test.each([
    [
      { LLM_ROUTER_PORT: 'abc' },
      'LLM_ROUTER_PORT is "abc"; it must be a whole number from 0 to 65535',
    ],
    [
      { LLM_ROUTER_REQUEST_TIMEOUT_MS: '0' },
      'LLM_ROUTER_REQUEST_TIMEOUT_MS is "0"; it must be a whole number of at least 1',
    ],
    [{ LLM_ROUTER_PROVIDER_TIMEOUT_MS: '1e3' }, 'LLM_ROUTER_PROVIDER_TIMEOUT_MS is "1e3"'],
    [
      { LLM_LINK_LOG_LEVEL: 'inf' },
      'LLM_LINK_LOG_LEVEL is "inf"; it must be one of trace, debug, info, warn, error (did you mean "info"?)',
    ],
  ])('a bad variable stops the start: %j', (variables, message) => {
    expect(problemsOf({ variables })).toContain(`the environment: ${message}`)
  })

  test('the other variables of the environment hold', () => {
    const variables = { LLM_ROUTER_INSTANCE_ID: 'a', LLM_ROUTER_REQUEST_TIMEOUT_MS: '7' }
    const { service, server } = assembleCase({ variables }).parts
    expect(service).toMatchObject({ name: 'dragoman', instanceId: 'a' })
    expect(server.requestTimeoutMs).toBe(7)
    expect(assembleCase({}).parts.service.instanceId).toBe('local-instance')
  })
})
