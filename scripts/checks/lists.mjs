// Every member of a room's list has a test and a line in the docs: what nobody tests or explains is
// not offered.

import { membersOf } from './rooms.mjs'
import { importsOf } from './scan.mjs'

/** The page that tells of a room's members, each in `code`. */
const pages = {
  dialects: 'docs/dialects.md',
  framing: 'docs/dialects.md',
  adapt: 'docs/dialects.md',
  providers: 'docs/providers.md',
  clients: 'docs/clients.md',
  routing: 'docs/models-and-routes.md',
  plugins: 'docs/plugins.md',
  tools: 'docs/tools.md',
  stores: 'docs/stores.md',
}

export const name = 'tests and docs of list members'

export function check(project) {
  const failures = Object.entries(pages).flatMap(([room, page]) =>
    membersOf(project, room).flatMap((member) => [
      ...(hasTest(project, member) ? [] : [`${member.file.path}: has no test beside it`]),
      ...(project.file(page)?.text.includes(`\`${member.name}\``)
        ? []
        : [`${member.file.path}: ${page} does not mention \`${member.name}\``]),
    ]),
  )
  return { failures, warnings: [] }
}

/** A test in the member's folder or beside its file, or one that walks the room's whole list. */
function hasTest({ sources }, { home, room }) {
  const stem = home.replace(/\.ts$/, '')
  return sources.some(
    (file) =>
      file.isTest &&
      (file.path.startsWith(home.endsWith('/') ? home : `${stem}.test.`) || walksList(file, room)),
  )
}

const walksList = (file, room) =>
  file.path.startsWith(`src/${room}/`) &&
  importsOf(file).some(({ specifier }) => specifier === './index.ts')
