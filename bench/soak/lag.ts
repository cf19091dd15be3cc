import { appendFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

/*
 * Loaded into a controller before it starts: how much later than asked for its event loop comes round, a line of milliseconds
 * each second. A timer of ten milliseconds costs next to nothing, and changes nothing in what it watches.
 */

const EVERY_MS = 10
const WRITTEN_EVERY_MS = 1000
const file = process.env['BENCH_LAG_FILE']
if (!file) throw new Error('BENCH_LAG_FILE says where the lag is written to')

let lags: string[] = []
let askedMs = performance.now()
const look = () => {
  const nowMs = performance.now()
  lags.push(Math.max(0, nowMs - askedMs - EVERY_MS).toFixed(2))
  askedMs = nowMs
  setTimeout(look, EVERY_MS).unref()
}
setTimeout(look, EVERY_MS).unref()
setInterval(() => {
  appendFileSync(file, `${lags.join(' ')}\n`)
  lags = []
}, WRITTEN_EVERY_MS).unref()
