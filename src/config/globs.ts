// Which models the operator lets through: names, with `*` for any letters.

/** A test for models: deny goes first, then only what is allowed, when anything is. */
export function toModelFilter(
  allow: readonly string[] = [],
  deny: readonly string[] = [],
): ((model: string) => boolean) | undefined {
  if (allow.length === 0 && deny.length === 0) return undefined
  const allowed = allow.map(toPattern)
  const denied = deny.map(toPattern)
  return (model) =>
    !denied.some((pattern) => pattern.test(model)) &&
    (allowed.length === 0 || allowed.some((pattern) => pattern.test(model)))
}

const toPattern = (glob: string): RegExp =>
  new RegExp(`^${glob.split('*').map(escapeLetters).join('.*')}$`, 's')

const escapeLetters = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
