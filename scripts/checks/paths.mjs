// Nothing in the tree may know the machine it was written on.

import { lineAt } from './scan.mjs'

const machinePath =
  /(?<![\w.$}~/-])(?:file:\/\/)?\/(?:home|Users|root|work|workspace|mnt)\/[\w.-]+/g

export const name = 'machine paths'

export function check({ all }) {
  const failures = all
    .filter(({ path }) => path !== 'package-lock.json')
    .flatMap(({ path, text }) =>
      [...text.matchAll(machinePath)].map(
        (match) =>
          `${path}:${lineAt(text, match.index)}: ${match[0]}: a path of one machine; make it relative`,
      ),
    )
  return { failures, warnings: [] }
}
