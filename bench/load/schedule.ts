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
 * pause of whoever answers thins out what comes next. The same seed gives the same times.
 */
export function scheduleOf(streams: readonly Stream[], nodes: number, forMs: number, seed = 1): readonly Due[] {
  const next = seeded(seed)
  const due: Due[] = []
  for (const stream of streams) {
    for (let node = 0; node < nodes; node++) {
      const firstMs = next() * stream.everyMs
      for (let turn = 0; firstMs + turn * stream.everyMs < forMs; turn++)
        due.push({ atMs: firstMs + turn * stream.everyMs, stream, node, turn })
    }
  }
  return due.sort((a, b) => a.atMs - b.atMs)
}
