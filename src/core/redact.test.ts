import { expect, test } from 'vitest'
import { redact } from './redact.ts'

test.each([
  'Incorrect API key provided: sk-proj-abc***************xyz9',
  'invalid key AIzaSyA1234567890abcdefghijklmnopqrstu',
  'token Bearer abc.def-ghijkl is expired',
  'rate limit of org 0a1b2c3d-0000-4000-8000-0123456789ab',
  'Rate limit reached for org-AbCdEf123456',
  'write to billing@example.com',
  'no access to projects/acme-prod-1 here',
  'arn:aws:bedrock:us-east-1:123456789012:model/x is missing',
  'the organization "Acme Industries" has no access',
])('what only the operator may know is cut: %s', (text) => {
  const clean = redact(text)
  expect(clean).toContain('[redacted]')
  expect(clean).not.toMatch(/abc|AIza|0a1b|AbCd|billing@|acme|1234|Acme/)
})

test('a key that is known is cut whatever it looks like', () => {
  expect(redact('no such key: tulip, tulip', ['tulip'])).toBe('no such key: [redacted], [redacted]')
})

test('ordinary words, field paths and model names stay', () => {
  const text =
    'messages.0.content: prompt is too long: 3333404 tokens > 200000 maximum (claude-haiku-4-5-20251001)'
  expect(redact(text)).toBe(text)
})

test('long texts are cut', () => {
  expect(redact('word '.repeat(1000)).length).toBeLessThanOrEqual(1001)
})
