// A reader of server-sent events for checks and oracles: short, and written apart from the gateway's
// own framing, so that one cannot hide the other's fault.

export type SseRecord =
  | { readonly type: 'event'; readonly event: string | undefined; readonly data: string }
  | { readonly type: 'comment'; readonly text: string }

/** The records of a whole SSE body, in order. A last record without its blank line counts too. */
export function readSse(text: string): readonly SseRecord[] {
  const records: SseRecord[] = []
  let event: string | undefined
  let lines: string[] = []
  const flush = (): void => {
    if (lines.length > 0) records.push({ type: 'event', event, data: lines.join('\n') })
    event = undefined
    lines = []
  }
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    if (line === '') flush()
    else if (line.startsWith(':'))
      records.push({ type: 'comment', text: line.slice(1).trimStart() })
    else {
      const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
      if (field === 'data') lines.push(value)
      else if (field === 'event') event = value
    }
  }
  flush()
  return records
}

/** The events alone, without comments. */
export const readSseEvents = (
  text: string,
): readonly { readonly event: string | undefined; readonly data: string }[] =>
  readSse(text).flatMap((record) => (record.type === 'event' ? [record] : []))
