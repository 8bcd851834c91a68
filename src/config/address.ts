// Where a request goes: base addresses come with and without a version segment, and a doubled `/v1`
// is the oldest bug of this kind of tool.

export type Address = {
  readonly origin: string
  /** From the root, query of the base included; `{model}` is left for the gateway to fill. */
  readonly path: string
}

const versionSegment = /^v\d+(?:\.\d+)?(?:(?:p\d+)?(?:alpha|beta|preview)\d*)?$/i

/**
 * The address of `path` at `base`. A dialect's own path goes below the version segment of the base,
 * `/v1` when the base has none. An explicit path brings its own, so the base's is left out.
 * Throws a TypeError when `base` is no address.
 */
export function joinAddress(base: string, path: string, explicitPath?: string): Address {
  const url = new URL(base)
  const before = toSegments(url.pathname)
  const segments =
    explicitPath === undefined
      ? [...withVersion(before), ...toSegments(path)]
      : joinExplicit(before, toSegments(explicitPath))
  return { origin: url.origin, path: `/${segments.join('/')}${url.search}` }
}

// `URL` escapes the braces of our one placeholder.
const toSegments = (path: string): readonly string[] =>
  path
    .replace(/%7Bmodel%7D/gi, '{model}')
    .split('/')
    .filter((segment) => segment !== '')

const withVersion = (base: readonly string[]): readonly string[] =>
  base.some((segment) => versionSegment.test(segment)) ? base : [...base, 'v1']

function joinExplicit(base: readonly string[], explicit: readonly string[]): readonly string[] {
  const shared = sharedLength(base, explicit)
  if (shared > 0) return [...base.slice(0, -shared), ...explicit]
  const isVersioned = versionSegment.test(base.at(-1) ?? '')
  return [...(isVersioned ? base.slice(0, -1) : base), ...explicit]
}

// The end of the base that the explicit path repeats, e.g. `/v1beta/openai`, is said once.
function sharedLength(base: readonly string[], explicit: readonly string[]): number {
  for (let length = Math.min(base.length, explicit.length); length > 0; length -= 1) {
    const tail = base.slice(-length)
    const isRepeated = tail.every((segment, index) => segment === explicit[index])
    if (isRepeated && tail.some((segment) => versionSegment.test(segment))) return length
  }
  return 0
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|\[?::ffff:127(\.\d{1,3}){3}\]?)$/i

/** True for names and addresses of this machine alone. */
export const isLoopback = (host: string): boolean => loopback.test(host)
