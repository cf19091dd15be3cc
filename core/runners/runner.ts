import type { Instant } from '../ids.ts'
import type { World } from '../world.ts'

export type RunnerName = 'lease' | 'refusal' | 'retention' | 'seal' | 'session' | 'thinning'

/** A background duty. A tick is bounded, may be repeated safely, and says how much it did. */
export interface Runner {
  readonly name: RunnerName
  tick(world: World, now: Instant): Promise<number>
  /** What is better done before the end than after the next start. */
  lastTick?(world: World, now: Instant): Promise<number>
}
