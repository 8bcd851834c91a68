// Every relative link in a page leads to a file, and every #anchor to a heading in it.

import { resolveFrom } from './project.mjs'
import { lineAt } from './scan.mjs'

const link = /\[[^\]]*\]\(([^)\s]+)\)/g
const fence = /^(```|~~~).*?^\1/gms
const heading = /^#{1,6}\s+(.+)$/gm

export const name = 'links in docs'

export function check(project) {
  const failures = project.pages.flatMap((page) => {
    const text = withoutFences(page.text).replace(/`[^`\n]+`/g, blank)
    return [...text.matchAll(link)].flatMap((match) => {
      const problem = problemOf(project, page, match[1])
      return problem ? [`${page.path}:${lineAt(text, match.index)}: ${match[1]}: ${problem}`] : []
    })
  })
  return { failures, warnings: [] }
}

function problemOf(project, page, target) {
  if (/^[a-z][a-z+.-]*:/.test(target)) return undefined
  const [path, anchor] = target.split('#')
  const file = path === '' ? page.path : resolveFrom(page.path, decodeURIComponent(path))
  if (!project.exists(file.replace(/\/$/, ''))) return 'leads nowhere'
  if (!anchor || !file.endsWith('.md')) return undefined
  const isThere = anchorsOf(project.file(file)?.text ?? '').has(anchor)
  return isThere ? undefined : `${file} has no such heading`
}

const blank = (code) => code.replace(/[^\n]/g, ' ')
const withoutFences = (text) => text.replace(fence, blank)

function anchorsOf(text) {
  const anchors = new Set([...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map((match) => match[1]))
  for (const match of withoutFences(text).matchAll(heading)) {
    const words = match[1].replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    anchors.add(
      words
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    )
  }
  return anchors
}
