// Quantities as people write them, with their unit: `"10s"`, `"32MiB"`.

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const sizeUnits: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
}

/** Milliseconds of `"200ms"`, `"10s"`, `"1.5m"`, `"2h"`, `"1d"`; undefined when it is none. */
export const parseDuration = (text: string): number | undefined => parse(text, durationUnits)

/** Bytes of `"512B"`, `"64KiB"`, `"32MiB"`, `"1GB"`; undefined when it is none. */
export const parseSize = (text: string): number | undefined => parse(text, sizeUnits)

function parse(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text.trim())
  const unit = units[match?.[2]?.toLowerCase() ?? '']
  return match && unit !== undefined ? Math.round(Number(match[1]) * unit) : undefined
}
