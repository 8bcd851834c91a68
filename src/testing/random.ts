// Chance that repeats itself: a failing test names its seed and fails again.

/** Uniform numbers in [0, 1), the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Cuts `bytes` at `count` random places, the same ones for the same seed; pieces may be one byte long. */
export function cutBytes(bytes: Uint8Array, seed: number, count: number): readonly Uint8Array[] {
  const random = createRandom(seed)
  const places = Array.from({ length: count }, () => Math.floor(random() * (bytes.length + 1)))
  return cutBytesAt(bytes, places)
}

/** Cuts `bytes` at the given offsets; empty pieces are left out. */
export function cutBytesAt(bytes: Uint8Array, offsets: readonly number[]): readonly Uint8Array[] {
  const ordered = [0, ...[...offsets].sort((a, b) => a - b), bytes.length]
  return ordered
    .map((offset, index) => bytes.subarray(ordered[index - 1] ?? 0, offset))
    .filter((piece) => piece.length > 0)
}
