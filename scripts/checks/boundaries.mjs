// Holds the walls: arrows point down, rooms on one floor do not know each other, and nobody but the
// lists and the assembly knows an implementation by name. ARCHITECTURE.md draws the picture.

import { resolveFrom } from './project.mjs'
import { membersOf, roomOf } from './rooms.mjs'
import { importsOf, lineAt } from './scan.mjs'

const floor = [
  'dialects',
  'framing',
  'adapt',
  'providers',
  'clients',
  'routing',
  'plugins',
  'tools',
  'stores',
]

/** What each room may import besides itself. A list is a room's `index.ts`. */
const arrows = {
  core: [],
  ...Object.fromEntries(floor.map((room) => [room, ['core']])),
  gateway: ['core'],
  config: ['core', 'gateway', ...floor],
  surfaces: ['core', 'gateway', 'config'],
  testing: ['core', 'gateway', 'config', 'surfaces', 'index.ts'],
  'main.ts': ['surfaces'],
  'index.ts': ['core', 'gateway', 'config', 'surfaces'],
}

/** Rooms that run anywhere: neither Node's modules nor packages. */
const portable = ['core', 'dialects', 'adapt', 'framing']

/** Code all implementations share: it may not know one of them by name. */
const shared = /^src\/(?:core|gateway|framing|adapt|routing|plugins|surfaces\/http)\//

export const name = 'boundaries'

export function check(project) {
  const members = floor.flatMap((room) => membersOf(project, room))
  const files = project.sources.filter(({ isTest }) => !isTest)
  return {
    failures: [
      ...files.flatMap((file) => badImports(file, members)),
      ...namesInSharedCode(files, members),
      ...namesInDialects(files, members),
    ],
    warnings: [],
  }
}

function badImports(file, members) {
  return importsOf(file).flatMap(({ specifier, line }) => {
    const problem = problemOf(file.path, specifier, members)
    return problem ? [`${file.path}:${line}: ${specifier}: ${problem}`] : []
  })
}

function problemOf(path, specifier, members) {
  const room = roomOf(path)
  if (!specifier.startsWith('.')) {
    return portable.includes(room) ? `src/${room} runs anywhere: no packages, no node: modules` : ''
  }
  const target = resolveFrom(path, specifier)
  if (!target.startsWith('src/')) return 'source imports only source'
  const other = roomOf(target)
  if (other === room) return problemInside(path, target, members)
  const allowed = arrows[room]
  if (!allowed)
    return `src/${room} is a new room: give it its arrows in scripts/checks/boundaries.mjs`
  if (!allowed.includes(other))
    return `${room} imports ${allowed.join(', ') || 'nothing'}${allowed.length > 0 ? ' only' : ''}`
  const isMember = members.some(({ home }) => target.startsWith(home))
  if (isMember && path !== 'src/config/assemble.ts')
    return `only src/config/assemble.ts and the room's own list name an implementation`
  return ''
}

function problemInside(path, target, members) {
  const list = `src/${roomOf(path)}/index.ts`
  if (path === list) return ''
  if (target === list && floor.includes(roomOf(path)))
    return 'a list is for those outside; inside it makes a circle'
  const own = members.find(({ home }) => path.startsWith(home))
  const other = members.find(({ home }) => target.startsWith(home))
  return own && other && own !== other ? 'members of one list do not know each other' : ''
}

function namesInSharedCode(files, members) {
  const names = new Set(
    members
      .filter(({ room }) => ['dialects', 'providers', 'clients'].includes(room))
      .map((member) => member.name),
  )
  const reason = "shared code knows no implementation by name; let each one's own data answer"
  return files
    .filter(({ path }) => shared.test(path))
    .flatMap((file) => mentions(file, (word) => names.has(word), reason))
}

function namesInDialects(files, members) {
  const names = members
    .filter(({ room }) => room === 'dialects' || room === 'providers')
    .map((member) => member.name)
  return files.flatMap((file) => {
    const own = /^src\/dialects\/([^/]+)\//.exec(file.path)?.[1]
    if (!own) return []
    const foreign = new Set(names.filter((id) => !own.startsWith(id)))
    return mentions(
      file,
      (word) => foreign.has(word),
      'a dialect knows no other dialect or provider',
    )
  })
}

/** Literals that are such a name or, being one word, have it as a dash-separated part. */
function mentions({ path, text, literals }, isName, reason) {
  const isMention = ({ value }) =>
    isName(value) || (/^[\w./-]+$/.test(value) && !isSpecifier(value) && runsOf(value).some(isName))
  return literals
    .filter(isMention)
    .map(({ value, index }) => `${path}:${lineAt(text, index)}: '${value}': ${reason}`)
}

const isSpecifier = (value) => value.startsWith('.') && value.endsWith('.ts')

/** `x-a-b` → x, x-a, x-a-b, a, a-b, b. */
function runsOf(value) {
  const words = value.toLowerCase().split(/[-_./]/)
  return words.flatMap((_word, from) =>
    words.slice(from).map((_last, count) => words.slice(from, from + count + 1).join('-')),
  )
}
