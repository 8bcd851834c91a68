// Tells code from comments and strings, so that a check reads what the compiler reads and not what
// people say about it. Good enough for this project's own style, not a parser.

const startsRegex = /(?:^|[=(,:;!&|?{}[\n>]|\b(?:return|typeof|case|of|in))\s*$/

/**
 * `code` is the text with comments and the insides of strings blanked out, line by line the same;
 * `literals` are the strings that were there, and where.
 */
export function scan(text) {
  const literals = []
  // One entry per template string we are inside of: the depth of braces in its open `${`.
  const templates = []
  let code = ''
  let at = 0

  const blank = (end) => {
    code += text.slice(at, end).replace(/[^\n]/g, ' ')
    at = end
  }
  const keep = (count) => {
    code += text.slice(at, at + count)
    at += count
  }
  const string = (quote) => {
    const start = at + 1
    keep(1)
    let end = start
    const isTemplate = quote === '`'
    while (end < text.length && text[end] !== quote) {
      if (isTemplate && text.startsWith('${', end)) break
      end += text[end] === '\\' ? 2 : 1
    }
    literals.push({ value: text.slice(start, end), index: start })
    blank(end)
    if (text[at] === quote) return keep(1)
    templates.push(0)
    keep(2)
  }
  const regex = () => {
    let end = at + 1
    let isInClass = false
    while (end < text.length && (isInClass || text[end] !== '/') && text[end] !== '\n') {
      if (text[end] === '[') isInClass = true
      if (text[end] === ']') isInClass = false
      end += text[end] === '\\' ? 2 : 1
    }
    keep(1)
    blank(end)
    keep(1)
  }

  while (at < text.length) {
    const two = text.slice(at, at + 2)
    const one = two[0]
    if (two === '//') blank(endOf(text, '\n', at, 0))
    else if (two === '/*') blank(endOf(text, '*/', at + 2, 2))
    else if (one === "'" || one === '"' || one === '`') string(one)
    else if (one === '/' && startsRegex.test(code.slice(-80))) regex()
    else if (one === '}' && templates.at(-1) === 0) {
      templates.pop()
      string('`')
    } else {
      if (templates.length > 0 && one === '{') templates[templates.length - 1] += 1
      if (templates.length > 0 && one === '}') templates[templates.length - 1] -= 1
      keep(1)
    }
  }
  return { code, literals }
}

function endOf(text, mark, from, extra) {
  const end = text.indexOf(mark, from)
  return end < 0 ? text.length : end + extra
}

/** The line, counted from 1, of an offset. */
export const lineAt = (text, index) => text.slice(0, index).split('\n').length

const importForm = /(?<![.\w])(?:from\s+|import\s+|import\s*\(\s*)(['"])([^'"\n]+)\1/g

/** What a file imports: the specifier as written, and its line. */
export function importsOf({ text, code }) {
  return [...text.matchAll(importForm)]
    .filter(({ index }) => code[index] !== ' ')
    .map((match) => ({ specifier: match[2], line: lineAt(text, match.index) }))
}
