/** Something with appointments: it says when the next one is, and keeps it when it is told what time it is. */
export interface Lane {
  /** In no time at all while it is busy. */
  dueAtMs(): number
  /** Does what is due, and settles when that is done. */
  step(nowMs: number): Promise<void>
}

export interface OneAtATime extends Lane {
  /** Settles when nothing is under way. */
  idle(): Promise<void>
}

/** Each lane goes on at its own pace: one that waits for an answer holds up only itself. */
export function laneOf(lane: Lane): OneAtATime {
  let underWay: Promise<void> | undefined
  return {
    dueAtMs: () => (underWay ? Number.POSITIVE_INFINITY : lane.dueAtMs()),
    idle: () => underWay ?? Promise.resolve(),

    step(nowMs) {
      if (underWay || lane.dueAtMs() > nowMs) return Promise.resolve()
      underWay = lane.step(nowMs).finally(() => {
        underWay = undefined
      })
      return underWay
    },
  }
}
