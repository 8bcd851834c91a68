// A file that needs scrolling has two purposes. Thought is due at 250 lines, a warning at 400.

const warnAt = 400
const failAt = 600

export const name = 'file sizes'

export function check({ scripts }) {
  const long = scripts
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > warnAt)
  const toFinding = ({ path, lines }) => `${path}: ${lines} lines; split it by purpose`
  return {
    failures: long.filter(({ lines }) => lines > failAt).map(toFinding),
    warnings: long.filter(({ lines }) => lines <= failAt).map(toFinding),
  }
}
