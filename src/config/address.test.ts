import { expect, test } from 'vitest'
import { isLoopback, joinAddress } from './address.ts'

const join = (base: string, path: string, explicit?: string): string => {
  const { origin, path: joined } = joinAddress(base, path, explicit)
  return origin + joined
}

test.each([
  ['https://api.openai.com', 'https://api.openai.com/v1/chat/completions'],
  ['https://api.openai.com/', 'https://api.openai.com/v1/chat/completions'],
  ['https://api.openai.com/v1', 'https://api.openai.com/v1/chat/completions'],
  ['https://api.openai.com/v1/', 'https://api.openai.com/v1/chat/completions'],
  ['https://api.openai.com/v1//', 'https://api.openai.com/v1/chat/completions'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/v1/chat/completions'],
  ['http://[::1]:8080/', 'http://[::1]:8080/v1/chat/completions'],
  ['https://api.groq.com/openai', 'https://api.groq.com/openai/v1/chat/completions'],
  ['https://api.groq.com/openai/v1', 'https://api.groq.com/openai/v1/chat/completions'],
  ['https://openrouter.ai/api/v1', 'https://openrouter.ai/api/v1/chat/completions'],
  ['https://openrouter.ai/api', 'https://openrouter.ai/api/v1/chat/completions'],
  [
    'https://generativelanguage.googleapis.com/v1beta/openai/',
    'https://generativelanguage.googleapis.com/v1beta/openai/chat/completions',
  ],
  ['https://open.bigmodel.cn/api/paas/v4', 'https://open.bigmodel.cn/api/paas/v4/chat/completions'],
  ['https://api.z.ai/api/coding/paas/v4/', 'https://api.z.ai/api/coding/paas/v4/chat/completions'],
  [
    'https://ark.cn-beijing.volces.com/api/v3',
    'https://ark.cn-beijing.volces.com/api/v3/chat/completions',
  ],
  [
    'https://me.openai.azure.com/openai/v1?api-version=preview',
    'https://me.openai.azure.com/openai/v1/chat/completions?api-version=preview',
  ],
  [
    'https://gateway.example/v1/team/gateway/openai',
    'https://gateway.example/v1/team/gateway/openai/chat/completions',
  ],
  ['http://gpu.lan:8000/v2ray', 'http://gpu.lan:8000/v2ray/v1/chat/completions'],
  ['http://gpu.lan:8000/V1', 'http://gpu.lan:8000/V1/chat/completions'],
  ['http://gpu.lan/v1alpha1', 'http://gpu.lan/v1alpha1/chat/completions'],
])('a dialect path below %s has exactly one version', (base, expected) => {
  expect(join(base, '/chat/completions')).toBe(expected)
})

test.each([
  [
    'https://api.groq.com/openai',
    '/v1/chat/completions',
    'https://api.groq.com/openai/v1/chat/completions',
  ],
  [
    'https://api.groq.com/openai/v1',
    '/v1/chat/completions',
    'https://api.groq.com/openai/v1/chat/completions',
  ],
  [
    'https://api.groq.com/openai/v1/',
    'v1/chat/completions',
    'https://api.groq.com/openai/v1/chat/completions',
  ],
  [
    'https://api.cerebras.ai',
    '/v1/chat/completions',
    'https://api.cerebras.ai/v1/chat/completions',
  ],
  [
    'https://host.example',
    '/v1beta/openai/chat/completions',
    'https://host.example/v1beta/openai/chat/completions',
  ],
  [
    'https://host.example/v1',
    '/v1beta/openai/chat/completions',
    'https://host.example/v1beta/openai/chat/completions',
  ],
  [
    'https://host.example/v1beta/openai',
    '/v1beta/openai/chat/completions',
    'https://host.example/v1beta/openai/chat/completions',
  ],
  [
    'https://host.example/openai/v1',
    '/openai/v1/chat/completions',
    'https://host.example/openai/v1/chat/completions',
  ],
  ['https://host.example/v1', '/chat', 'https://host.example/chat'],
  ['https://host.example/proxy/v1', '/api/generate', 'https://host.example/proxy/api/generate'],
  [
    'https://host.example/v1/team/gateway/anthropic',
    '/v1/messages',
    'https://host.example/v1/team/gateway/anthropic/v1/messages',
  ],
  [
    'https://host.example/deployments?api-version=1',
    '/{model}/chat/completions',
    'https://host.example/deployments/{model}/chat/completions?api-version=1',
  ],
  [
    'https://host.example/deployments/{model}',
    '/chat/completions',
    'https://host.example/deployments/{model}/chat/completions',
  ],
])('an explicit path at %s brings its own version: %s', (base, explicit, expected) => {
  expect(join(base, '/chat/completions', explicit)).toBe(expected)
})

test('what is no address throws', () => {
  expect(() => joinAddress('gpu.lan', '/chat/completions')).toThrow(TypeError)
})

test('loopback is told from everything else', () => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]', '::ffff:127.0.0.1'])
    expect(isLoopback(host), host).toBe(true)
  for (const host of ['0.0.0.0', '::', '192.168.0.2', 'localhost.evil.example', '127.0.0.1.nip.io'])
    expect(isLoopback(host), host).toBe(false)
})
