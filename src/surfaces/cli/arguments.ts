// Go's way to write long options with one dash, before or after the verb, works here too.

/** `-port 8080` and `-port=8080` become `--port …` when `port` is one of `longOptions`. */
export function rewriteArguments(
  words: readonly string[],
  longOptions: ReadonlySet<string>,
): readonly string[] {
  const end = words.indexOf('--')
  const ours = end < 0 ? words : words.slice(0, end)
  const rest = end < 0 ? [] : words.slice(end)
  return [...ours.map((word) => rewriteWord(word, longOptions)), ...rest]
}

function rewriteWord(word: string, longOptions: ReadonlySet<string>): string {
  const name = /^-([a-z][a-z-]+)(?:=.*)?$/s.exec(word)?.[1]
  return name !== undefined && longOptions.has(name) ? `-${word}` : word
}
