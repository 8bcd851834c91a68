// The load generator: one process, raw TCP, one JSON specification as its argument, one JSON line of
// results. Every answer is checked: status, all content events, the end mark. After its line the load
// goes on until standard input ends, so that memory can be looked at while streams are open.

import { connect } from 'node:net'
import { createHistogram } from 'node:perf_hooks'
import { createHttpReader } from './http-reader.mjs'
import { cpuSeconds, machineCpuSeconds, memoryKib } from './processes.mjs'
import { createRequest } from './request-body.mjs'

const spec = JSON.parse(process.argv[2])
const { isStream, expectedEvents = 0 } = spec
const url = new URL(spec.url)
const request = createRequest({ ...spec, path: url.pathname, host: url.host })
const endMark = { openai: '[DONE]', anthropic: 'message_stop' }[spec.dialect]
const wholeMark = { openai: '"chat.completion"', anthropic: '"type":"message"' }[spec.dialect]
const stampLength = 18
const at = '@'.charCodeAt(0)
const maxConnections = 4000

const nowUs = () => Number(process.hrtime.bigint() / 1000n)
let figures = freshFigures()

function freshFigures() {
  return {
    good: 0,
    bad: 0,
    events: 0,
    reasons: {},
    latency: createHistogram(),
    firstContent: createHistogram(),
    delay: createHistogram(),
  }
}
const record = (histogram, us) => histogram.record(Math.max(1, Math.round(us)))

/** Watches one answer. */
function createJudge() {
  let askedUs = 0
  let status = 0
  let events = 0
  let carry = ''
  let tail = ''
  return {
    ask: () => {
      askedUs = nowUs()
      status = 0
      events = 0
      carry = ''
      tail = ''
    },
    head: (given) => {
      status = given
    },
    body: (bytes) => {
      const text = bytes.latin1Slice()
      if (!isStream) {
        tail += text
        return
      }
      const all = carry + text
      const arrivedUs = nowUs()
      let position = 0
      for (;;) {
        position = all.indexOf('@', position)
        if (position < 0 || position + stampLength > all.length) break
        if (all.charCodeAt(position + stampLength - 1) !== at) {
          position += 1
          continue
        }
        if (events === 0) record(figures.firstContent, arrivedUs - askedUs)
        events += 1
        figures.events += 1
        const sentUs = Number(all.slice(position + 1, position + stampLength - 1))
        if (sentUs > 0) record(figures.delay, arrivedUs - sentUs)
        position += stampLength
      }
      carry = position < 0 ? '' : all.slice(position)
      tail = (tail + text.slice(-200)).slice(-200)
    },
    end: () => {
      const isWhole = tail.includes(isStream ? endMark : wholeMark)
      if (status === 200 && isWhole && events === expectedEvents) {
        figures.good += 1
        record(figures.latency, nowUs() - askedUs)
        return
      }
      const reason = `status ${status}, ${events} events, ${isWhole ? 'ended' : 'no end'}`
      figures.bad += 1
      figures.reasons[reason] = (figures.reasons[reason] ?? 0) + 1
    },
    broken: (why) => {
      figures.bad += 1
      figures.reasons[why] = (figures.reasons[why] ?? 0) + 1
    },
  }
}

let live = 0

/** A connection that asks when told to; `onFree` is called after each answer. */
function createConnection(onReady, onFree) {
  const judge = createJudge()
  let isAsking = false
  let isClosed = false
  const finish = () => {
    isAsking = false
    onFree(self)
  }
  const reader = createHttpReader({
    head: judge.head,
    body: judge.body,
    end: () => {
      judge.end()
      finish()
    },
  })
  const self = {
    get isClosed() {
      return isClosed
    },
    ask: () => {
      isAsking = true
      judge.ask()
      socket.write(request)
    },
  }
  live += 1
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true }, () =>
    onReady(self),
  )
  socket.on('data', (bytes) => reader.push(bytes))
  socket.on('error', () => {})
  socket.on('close', () => {
    live -= 1
    isClosed = true
    if (!isAsking || reader.close()) return
    judge.broken('connection closed')
    finish()
  })
  return self
}

/** As many connections as told, each asks again as soon as it is answered. */
function runClosedLoop(connections, rampMs) {
  const again = (connection) => {
    if (!connection.isClosed) connection.ask()
    else setTimeout(() => createConnection((fresh) => fresh.ask(), again), 10)
  }
  for (let index = 0; index < connections; index += 1) {
    setTimeout(
      () => createConnection((fresh) => fresh.ask(), again),
      (rampMs * index) / connections,
    )
  }
}

/** So many requests a second, however long the answers take. */
function runAtRate(perSecond) {
  const idle = []
  const free = (connection) => {
    if (!connection.isClosed) idle.push(connection)
  }
  const startedMs = performance.now()
  let sent = 0
  setInterval(() => {
    const due = Math.floor(((performance.now() - startedMs) * perSecond) / 1000)
    for (; sent < due; sent += 1) {
      let connection = idle.pop()
      while (connection?.isClosed) connection = idle.pop()
      if (connection) connection.ask()
      else if (live < maxConnections) createConnection((fresh) => fresh.ask(), free)
      else figures.bad += 1
    }
  }, 1)
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const readClocks = () => ({
  server: cpuSeconds(spec.servers),
  upstream: cpuSeconds(spec.upstreams),
  machine: machineCpuSeconds(),
  own: process.cpuUsage(),
  ms: performance.now(),
})

async function measure() {
  await pause((spec.rampMs ?? 0) + spec.warmupMs)
  figures = freshFigures()
  const before = readClocks()
  await pause(spec.measureMs)
  const { good, bad, reasons, events, ...histograms } = figures
  return toResult(before, readClocks(), { good, bad, reasons, events }, histograms)
}

function toResult(before, after, counts, { latency, firstContent, delay }) {
  const seconds = (after.ms - before.ms) / 1000
  const cpu = after.server - before.server
  const own = (after.own.user + after.own.system - before.own.user - before.own.system) / 1e6
  const upstream = after.upstream - before.upstream
  const others = after.machine - before.machine - cpu - own - upstream
  return {
    ...counts,
    perSecond: counts.good / seconds,
    eventsPerSecond: counts.events / seconds,
    cores: cpu / seconds,
    cpuUsPerAnswer: counts.good > 0 ? (cpu * 1e6) / counts.good : undefined,
    cpuUsPerEvent: counts.events > 0 ? (cpu * 1e6) / counts.events : undefined,
    latencyUs: summary(latency),
    firstContentUs: summary(firstContent),
    delayUs: summary(delay),
    memoryKib: memoryKib(spec.servers),
    loadCores: (own + upstream) / seconds,
    otherCores: others / seconds,
  }
}

const summary = (histogram) =>
  histogram.count === 0
    ? undefined
    : { p50: histogram.percentile(50), p99: histogram.percentile(99), max: histogram.max }

if (spec.perSecond) runAtRate(spec.perSecond)
else runClosedLoop(spec.connections, spec.rampMs ?? 0)
console.log(JSON.stringify(await measure()))
process.stdin.on('end', () => process.exit(0)).resume()
