import { expireJob } from '../jobs/operations.ts'
import { asked, systemCall } from '../operation.ts'
import { perform } from '../perform.ts'
import type { Runner } from './runner.ts'

const JOBS_PER_TICK_MAX = 100

/** Ends the jobs of nodes that have fallen silent. Each is judged anew as it is written, so a late word still counts. */
export const leaseRunner: Runner = {
  name: 'lease',

  async tick(world, now) {
    const lapsed = await world.storage.stores.jobs.lapsed(now, world.settings.leaseMs, JOBS_PER_TICK_MAX)
    const failures: unknown[] = []
    for (const { id } of lapsed) {
      const call = systemCall('lease-runner', now, { jobId: id })
      // One that cannot be ended must not keep the others from their end.
      await perform(expireJob, call, asked({ jobId: id }), world).catch((error) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
    return lapsed.length
  },
}
