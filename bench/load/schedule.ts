import { seeded } from '../statistics.ts'
import type { WorkloadName } from '../workloads.ts'

/** What every node does again and again. */
export interface Stream {
  readonly workload: WorkloadName
  readonly everyMs: number
  /** How long an answer is, give or take a tenth. */
  readonly replyBytes: number
}

/** Something to be sent, whatever has become of what was sent before. */
export interface Due {
  readonly atMs: number
  readonly stream: Stream
  readonly node: number
  /** How often this node has done so before. */
  readonly turn: number
}

/**
 * Every node keeps its own time, as recorders do that were switched on at some moment: so they come at random, and no
 * pause of whoever answers thins out what comes next. Without end, in the order of time; the same seed gives the same times.
 */
export function* scheduleOf(streams: readonly Stream[], nodes: number, seed = 1): Generator<Due, never> {
  const chance = seeded(seed)
  const flows = streams.map((stream) => flowOf(stream, nodes, chance))
  const heads = flows.map((flow) => flow.next().value)
  for (;;) {
    const first = heads.reduce((least, { atMs }, i) => (atMs < (heads[least]?.atMs ?? 0) ? i : least), 0)
    const [due, flow] = [heads[first], flows[first]]
    if (!due || !flow) throw new Error('a schedule has streams')
    yield due
    heads[first] = flow.next().value
  }
}

/** One round of the fleet is like the other. */
function* flowOf(stream: Stream, nodes: number, chance: () => number): Generator<Due, never> {
  const round = Array.from({ length: nodes }, (_, node) => ({ node, firstMs: chance() * stream.everyMs }))
  round.sort((a, b) => a.firstMs - b.firstMs)
  for (let turn = 0; ; turn++) {
    for (const { node, firstMs } of round) yield { atMs: firstMs + turn * stream.everyMs, stream, node, turn }
  }
}
