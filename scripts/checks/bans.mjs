// What is not written here, and why. `code` rules read code only; `text` rules read comments too.

import { lineAt } from './scan.mjs'

const isSource = (path) => path.startsWith('src/')
const isCommandLine = (path) => /^src\/(?:main\.ts|surfaces\/cli\/)/.test(path)
const isTesting = (path) => path.startsWith('src/testing/')
const isServices = (path) => path === 'src/gateway/services.ts'
const isConfigFile = (path) => /\.config\.ts$/.test(path)

const rules = [
  {
    code: /\bconsole\./g,
    where: (path, isTest) => isSource(path) && !isCommandLine(path) && !isTest,
    reason: 'only the command line prints; everything else logs through services.log',
  },
  {
    code: /\bprocess\.env\b/g,
    where: (path, isTest) => isSource(path) && !path.startsWith('src/config/') && !isTest,
    reason: 'the environment is a layer of the configuration and is read in src/config only',
  },
  {
    code: /\b(?:Date\.now|performance\.now|Math\.random|setTimeout|setInterval)\b|\bnew Date\(\s*\)/g,
    where: (path, isTest) =>
      isSource(path) && !isServices(path) && !isCommandLine(path) && !isTesting(path) && !isTest,
    reason: 'time and chance come in through Services, so that tests decide them',
  },
  {
    code: /(?<!\.)\b(?:Buffer|process|setImmediate|queueMicrotask)\b(?!\s*:)/g,
    where: (path, isTest) => /^src\/(?:core|dialects|adapt)\//.test(path) && !isTest,
    reason: 'this room runs anywhere, a browser included',
  },
  {
    code: /\bAbortSignal\.(?:any|timeout)\b/g,
    where: (path, isTest) => isSource(path) && !isTest,
    reason: 'costs 35 µs and leaks; use one clearable services.timer per phase',
  },
  {
    code: /(?:^|\n)\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+\w/g,
    where: () => true,
    reason: 'unions of strings need no import, no runtime and no second name',
  },
  {
    code: /\bexport\s+default\b/g,
    where: (path) => !isConfigFile(path),
    reason: 'a named export has one name everywhere',
  },
  {
    code: /(?::|\bas|<|\|)\s*any\b/g,
    where: (path) => path.endsWith('.ts'),
    reason: 'unknown at the edge, a type inside',
  },
  {
    code: /\b(?:it|test|describe)\.(?:skip|only|todo)\b|\b(?:xit|xtest|xdescribe)\(/g,
    where: () => true,
    reason: 'a test runs or does not exist',
  },
  {
    code: /@ts-(?:ignore|nocheck)/g,
    source: 'text',
    where: (path) => path.endsWith('.ts'),
    reason: 'say @ts-expect-error with the reason, or mend the type',
  },
  {
    code: /\b(?:TODO|FIXME|XXX|HACK)\b|\bnot (?:yet )?implemented\b/gi,
    source: 'text',
    where: (path) => isSource(path) || /^(?:test|bench|examples)\//.test(path),
    reason: 'what is not done is not in the tree; plans belong elsewhere',
  },
]

const badNames = /(?:^|\/|-)(?:util|utils|helper|helpers|manager|common|base|misc)(?:-|\.|\/|$)/
const kebabCase = /^(?:[a-z0-9.]+-)*[a-z0-9.]+$/

export const name = 'bans'

export function check({ scripts, all }) {
  const files = [...scripts, ...all.filter(({ path }) => path === 'vitest.config.ts')]
  const failures = files.flatMap((file) => rules.flatMap((rule) => violations(file, rule)))
  for (const { path } of scripts) {
    const words = path.split('/').slice(1).join('/')
    if (badNames.test(words)) failures.push(`${path}: a name that says nothing; name its purpose`)
    if (!words.split('/').every((word) => kebabCase.test(word)))
      failures.push(`${path}: file names are kebab-case`)
  }
  return { failures, warnings: [] }
}

function violations(file, { code, source, where, reason }) {
  if (!where(file.path, file.isTest)) return []
  const text = source === 'text' ? file.text : file.code
  return [...text.matchAll(code)].map(
    (match) =>
      `${file.path}:${lineAt(text, match.index + leading(match[0]))}: ${match[0].trim()}: ${reason}`,
  )
}

const leading = (match) => match.length - match.trimStart().length
