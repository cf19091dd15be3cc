import type { Instant } from '../ids.ts'
import type { World } from '../perform.ts'

/** A background duty. A tick is bounded, may be repeated safely, and says how much it did. */
export interface Runner {
  readonly name: string
  tick(world: World, now: Instant): Promise<number>
}
