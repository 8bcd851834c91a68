// Reads the rooms' lists: which members a room has and what they are called.

import { resolveFrom } from './project.mjs'
import { importsOf } from './scan.mjs'

/** The room of a path below `src`; a file directly in `src` is a room of its own. */
export const roomOf = (path) => path.split('/')[1]

/** What the list of a room imports from its own room: one entry per member. */
export function membersOf(project, room) {
  const list = project.file(`src/${room}/index.ts`)
  if (!list) return []
  return importsOf(list)
    .filter(({ specifier }) => specifier.startsWith('./'))
    .map(({ specifier }) => resolveFrom(list.path, specifier))
    .map((path) => project.file(path))
    .filter((file) => file !== undefined)
    .map((file) => ({ file, room, home: homeOf(file.path), name: nameOf(file) }))
}

/** Where a member lives: its folder when it has one, else its file. */
const homeOf = (path) => (path.endsWith('/index.ts') ? path.replace(/index\.ts$/, '') : path)

const declarations = [
  /\bproviderId\('([^']+)'\)/,
  /(?<!\.)\bid: '([^']+)'/,
  /(?<!\.)\bname: '([^']+)'/,
]

/** The id or name a member's file declares; else its file or folder name. */
function nameOf({ path, text }) {
  for (const declaration of declarations) {
    const declared = declaration.exec(text)?.[1]
    if (declared) return declared
  }
  return path
    .replace(/(?:\/index)?\.ts$/, '')
    .split('/')
    .at(-1)
}
