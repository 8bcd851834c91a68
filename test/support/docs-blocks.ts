// Reads pages the way their readers do: which blocks of code stand in them, what follows on what, and
// which commands are named in passing.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './copy-project.ts'

export type Block = {
  readonly page: string
  /** Of its first line of code, counted from 1. */
  readonly line: number
  /** What stands behind the fence: `sh`, `toml`, … or nothing. */
  readonly language: string
  readonly text: string
  /** The block that stands directly below it, with nothing between. */
  readonly next?: Block
}

export type Page = { readonly path: string; readonly text: string }

/** The pages for users and contributors. */
export const pages: readonly Page[] = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

const fence = /^```(\S*)\n(.*?)^```$/gms

export const blocks: readonly Block[] = pages.flatMap(blocksOf)

function blocksOf({ path, text }: Page): readonly Block[] {
  const found: Block[] = []
  let after = text.length
  for (const match of [...text.matchAll(fence)].toReversed()) {
    const [whole, language = '', code = ''] = match
    const [below] = found
    const isNext = below && text.slice(match.index + whole.length, after).trim() === ''
    const line = text.slice(0, match.index).split('\n').length + 1
    found.unshift({ page: path, line, language, text: code, ...(isNext ? { next: below } : {}) })
    after = match.index
  }
  return found
}

/** The blocks in `language`, each with a name for a test. */
export const blocksIn = (language: string): readonly (readonly [name: string, block: Block])[] =>
  blocks
    .filter((block) => block.language === language)
    .map((block) => [`${block.page}:${block.line}`, block])

/** What stands between single backquotes, outside of blocks. */
export const codeWords: readonly string[] = pages.flatMap(({ text }) =>
  [...text.replace(fence, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
)

export type ShownCommand = {
  readonly words: readonly string[]
  /** Assignments before the command, as a shell takes them. */
  readonly variables: Readonly<Record<string, string>>
}

const programs =
  /^(?:npx )?dragoman(?= |$)|^node dist\/main\.js(?= |$)|^npm start(?: --(?= ))?(?= |$)/

/** Every way in which a page calls the program, optional words both given and left out. */
export function shownCommands(): readonly ShownCommand[] {
  const lines = blocks
    .filter(({ language }) => language === 'sh' || language === 'console')
    .flatMap(({ text }) => text.split('\n').map((line) => line.replace(/\s+#.*$/, '').trim()))
  const commands = [...lines, ...codeWords].flatMap((line) => {
    const assignments = /^(?:[A-Z_]+=\S+ )*/.exec(line)?.[0] ?? ''
    const command = line.slice(assignments.length)
    const program = programs.exec(command)?.[0]
    if (program === undefined) return []
    const variables = Object.fromEntries(
      [...assignments.matchAll(/([A-Z_]+)=/g)].map(([, name = '']) => [name, 'a-key']),
    )
    return variantsOf(command.slice(program.length).replaceAll('…', '').trim()).map((words) => ({
      words: words.split(/\s+/).filter((word) => word !== ''),
      variables,
    }))
  })
  return [...new Map(commands.map((command) => [JSON.stringify(command), command])).values()]
}

function variantsOf(words: string): readonly string[] {
  const optional = /\[([^\]]+)\]/
  if (!optional.test(words)) return [words]
  return [words.replace(optional, ''), words.replace(optional, '$1')].flatMap(variantsOf)
}
