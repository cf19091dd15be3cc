import { describe, expect, test } from 'bun:test'
import type { JobId, NodeId } from '../../../core/ids.ts'
import { claim, type Job } from '../../../core/jobs/job.ts'
import { Stale } from '../../../core/ports/storage.ts'
import { aJob, T0 } from './builders.ts'
import type { Given } from './given.ts'

const LEASE_MS = 30_000

/** A queue has many takers, and nothing but versions to keep them apart. */
export function claims(given: Given): void {
  /** Decides on what it sees, commits that, and looks again when it was too late: a claimer as the door is one. */
  async function claimNext(nodeId: NodeId): Promise<JobId | null> {
    for (;;) {
      const [first] = given.live.queueOf(nodeId)
      if (!first) return null
      const claimed = claim(first, T0, LEASE_MS)
      if (!claimed.ok) throw new Error(`not claimable: ${claimed.reason}`)
      try {
        await given.storage.commit({ jobs: [claimed.value] })
        return first.id
      } catch (error) {
        if (!(error instanceof Stale)) throw error
      }
    }
  }

  const standing = async (jobs: readonly Job[]) =>
    await Promise.all(jobs.map(async ({ id }) => (await given.storage.stores.jobs.find(id)) as Job))

  describe('claims', () => {
    test('64 claimers share the 32 queued jobs of a node: each is claimed once, and 32 find none', async () => {
      const nodeId = `node_${crypto.randomUUID()}` as NodeId
      const jobs = Array.from({ length: 32 }, (_, i) => aJob({ nodeId, createdAt: T0 + i }))
      await given.storage.commit({ jobs })
      const claimed = await Promise.all(Array.from({ length: 64 }, () => claimNext(nodeId)))
      expect(claimed.filter((id) => id !== null).toSorted()).toEqual(jobs.map(({ id }) => id).toSorted())
      // Ordered, then claimed: two versions, whoever tried how often.
      expect((await standing(jobs)).map(({ status, version }) => `${status} ${version}`)).toEqual(
        jobs.map(() => 'running 2'),
      )
      const { changes } = await given.storage.load()
      expect(changes.jobs?.filter((job) => job.nodeId === nodeId)).toEqual([])
    })
  })
}
