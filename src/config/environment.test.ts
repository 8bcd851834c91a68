import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError } from './config-error.ts'
import { createEnvironment, readEnvironment } from './environment.ts'

const createFolder = (): string => mkdtempSync(join(tmpdir(), 'dragoman-'))

test('the process goes before named files, the last named file before the first, .env comes last', () => {
  const folder = createFolder()
  writeFileSync(join(folder, '.env'), 'A_KEY=env\nB_KEY=env\nC_KEY=env\nD_KEY=env\n')
  writeFileSync(join(folder, 'one'), 'B_KEY=one\nC_KEY=one\n')
  writeFileSync(join(folder, 'two'), 'C_KEY="two" # why\nD_KEY=two\n')
  const environment = readEnvironment(folder, ['one', 'two'], { D_KEY: 'process' })
  const values = ['A_KEY', 'B_KEY', 'C_KEY', 'D_KEY'].map((name) => environment.get(name)?.value)
  expect(values).toEqual(['env', 'one', 'two', 'process'])
  expect(environment.get('A_KEY')).toMatchObject({ trust: 'folder', from: '.env' })
  expect(environment.get('B_KEY')).toMatchObject({ trust: 'operator', from: 'one' })
  expect(environment.get('D_KEY')).toMatchObject({ trust: 'operator', from: 'the environment' })
})

test('an empty or blank variable is as good as unset', () => {
  const environment = createEnvironment({ A: '', B: '  ' }, [
    { name: 'f', variables: { A: 'a' }, trust: 'operator' },
  ])
  expect(environment.get('A')?.value).toBe('a')
  expect(environment.get('B')).toBeUndefined()
})

test.each(['OPENAI_BASE_URL', 'LLM_ROUTER_HOST', 'OLLAMA_HOST', 'LLM_ROUTER_TOOL_EXEC_ENABLED'])(
  '.env of the working folder does not set %s, and says so once it is looked for',
  (name) => {
    const folder = createFolder()
    writeFileSync(join(folder, '.env'), `${name}=http://evil.example\nOPENAI_API_KEY=k\n`)
    const found = readEnvironment(folder, [], {})
    expect(found.notices).toEqual([])
    expect(found.get(name)).toBeUndefined()
    expect(found.get(name)).toBeUndefined()
    expect(found.notices).toHaveLength(1)
    expect(found.notices[0]).toContain(`${name} in .env is ignored`)
    expect(found.get('OPENAI_API_KEY')?.value).toBe('k')
    expect(readEnvironment(folder, ['.env'], {}).get(name)?.value).toBe('http://evil.example')
  },
)

test('a named file that is not there stops the start', () => {
  expect(() => readEnvironment(createFolder(), ['nowhere'], {})).toThrow(ConfigError)
})
