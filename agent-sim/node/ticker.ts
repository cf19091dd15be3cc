import { cut, monoMix } from '../sound/capture.ts'
import type { Room } from '../sound/room.ts'
import { type Job, toWireInstant } from '../wire/answers.ts'
import type { Answer } from '../wire/call.ts'
import type { Reporter, Watch } from './health.ts'
import { type Identity, inventoryOf } from './inventory.ts'
import type { Lane } from './lane.ts'
import { latestBeat, type MeterOptions, meterOf } from './meter.ts'

const LISTEN_MS = 1000
const LISTEN_RATE_HZ = 16_000
const SKEW_FAILED_MS = 5000
const SKEW_RECOVERED_MS = 2000

export interface TickerOptions extends MeterOptions {
  readonly reporter: Reporter
  readonly url: string
  readonly identity: Identity
  readonly heartbeatMs: number
  readonly say: (line: string) => void
  readonly busySlots: () => number
  readonly onClaim: (jobs: readonly Job[], nowMs: number) => void
}

/** What a node does by the clock, whatever it is capturing: boot once, then tick. */
export interface Ticker extends Lane {
  /** Whether the last heartbeat was taken; nothing before the first. */
  inTouch(): boolean | undefined
}

export function tickerOf(options: TickerOptions): Ticker {
  const { client, reporter, room, nodeId, identity, heartbeatMs } = options
  const meter = meterOf(options)
  const watches = watchesOf(reporter, options.say)
  let bootedAtMs: number | undefined
  let tickDueMs = Number.NEGATIVE_INFINITY
  let capacity = 1
  let inTouch: boolean | undefined
  const inventory = (nowMs: number) => inventoryOf(nodeId, identity, room, bootedAtMs ?? nowMs, nowMs)

  async function boot(nowMs: number): Promise<void> {
    bootedAtMs = nowMs
    tickDueMs = nowMs
    const details = { alias: identity.alias, controllerUrl: options.url, meterBackend: 'synthetic', nodeId }
    await reporter.report(nowMs, { type: 'agent.started', severity: 'info', details })
    await watches.inventory(nowMs, await client.inventory(inventory(nowMs)))
  }

  /** One beat: alive, loud, audible, configured, and ready for work, in this order. */
  async function tick(nowMs: number, atMs: number): Promise<void> {
    const alive = await client.heartbeat(inventory(nowMs))
    inTouch = alive.ok
    await watches.heartbeat(nowMs, alive)
    await watches.clock(nowMs, alive)
    await measure(nowMs, atMs)
    await watches.listen(nowMs, await client.listenChunk(listenChunk(room, atMs)))
    await configure(nowMs)
    await claim(nowMs)
  }

  async function measure(nowMs: number, tickAtMs?: number): Promise<void> {
    const answer = await meter.send(nowMs, tickAtMs)
    if (answer) await watches.meter(nowMs, answer)
  }

  async function configure(nowMs: number): Promise<void> {
    const answer = await client.config()
    await watches.config(nowMs, answer)
    if (answer.ok) capacity = answer.data.recordingCapacity?.maxConcurrentRecordings ?? capacity
  }

  /** Every free slot asks once. */
  async function claim(nowMs: number): Promise<void> {
    for (let slots = capacity - options.busySlots(); slots > 0; slots--) {
      const answer = await client.claimNextGroup()
      await watches.claim(nowMs, answer)
      if (answer.ok && answer.data.length > 0) options.onClaim(answer.data, nowMs)
    }
  }

  return {
    dueAtMs: () => Math.min(tickDueMs, meter.dueAtMs()),
    inTouch: () => inTouch,

    async step(nowMs) {
      if (bootedAtMs === undefined) await boot(nowMs)
      if (tickDueMs > nowMs) return measure(nowMs)
      const atMs = latestBeat(tickDueMs, heartbeatMs, nowMs)
      tickDueMs = atMs + heartbeatMs
      await tick(nowMs, atMs)
    },
  }
}

function listenChunk(room: Room, toMs: number) {
  const wav = cut(room, { fromMs: toMs - LISTEN_MS, toMs }, LISTEN_RATE_HZ, monoMix(room))
  return { wav, durationMs: LISTEN_MS, capturedAt: toWireInstant(toMs) }
}

/** The calls of a tick are watched: for the controller by events, for whoever reads along by a line when one changes. */
function watchesOf(reporter: Reporter, say: (line: string) => void) {
  const aloud = (name: string, watch: Watch, wellSaid?: (status: number) => string | undefined): Watch => {
    let last = ''
    return async (nowMs, answer) => {
      const line = (answer.ok && wellSaid?.(answer.status)) || `${name}: ${answer.ok ? answer.status : answer.error}`
      if (line !== last) say(line)
      last = line
      await watch(nowMs, answer)
    }
  }
  const pair = (stem: string) => reporter.watch({ failed: `${stem}_failed`, recovered: `${stem}_recovered` })
  return {
    inventory: aloud('inventory', reporter.watch({ failed: 'agent.node_inventory.sync_failed' })),
    heartbeat: aloud('heartbeat', pair('agent.node_heartbeat.sync')),
    meter: aloud('meter-frame', pair('agent.meter_frame.sync')),
    listen: aloud('listen chunk', pair('agent.listen_monitor.chunk_sync'), () => 'can be listened to'),
    config: aloud('config', pair('agent.node_config.sync')),
    claim: aloud('claim', reporter.watch({ failed: 'agent.recording_job.claim_next_failed' }), (status) =>
      status === 204 ? 'nothing to record' : undefined,
    ),
    clock: watchClock(reporter),
  }
}

/** The controller's Date is all a node reads of a heartbeat's answer; between the two limits nothing changes. */
function watchClock(reporter: Reporter): Watch {
  const watch = reporter.watch({ failed: 'agent.system.clock_skew', recovered: 'agent.system.clock_skew_recovered' })
  return async (nowMs: number, answer: Answer) => {
    if (!answer.ok || answer.dateMs === undefined) return
    const skewMs = Math.abs(answer.dateMs - nowMs)
    if (skewMs > SKEW_FAILED_MS) await watch(nowMs, { ok: false, error: `${skewMs} ms off` })
    if (skewMs <= SKEW_RECOVERED_MS) await watch(nowMs, answer)
  }
}
