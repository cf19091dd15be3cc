import { covers } from '../access/scope.ts'
import type { JobId } from '../ids.ts'
import { kinOfPlaced } from '../kin-of.ts'
import type { View } from '../operation.ts'
import { ok, type Result, refuse } from '../result.ts'
import type { Claimed } from './conflict.ts'

export interface Selection {
  readonly jobIds: readonly JobId[]
}

/** The jobs of these names with their recordings, each once and in the order asked for. One that is hidden, or is not there, and there are none. */
export async function selected({ jobIds }: Selection, view: View): Promise<Result<readonly Claimed[]>> {
  const asked = [...new Set(jobIds)]
  const found = await Promise.all(asked.map((id) => visible(id, view)))
  const hiddenIds = asked.filter((_, i) => found[i] === undefined)
  if (hiddenIds.length > 0) {
    return refuse('not_found', 'recording_job_not_visible', { outcome: 'denied', details: { hiddenIds } })
  }
  return ok(found.filter((each) => each !== undefined))
}

async function visible(id: JobId, { stores, scope, live }: View): Promise<Claimed | undefined> {
  const job = await stores.jobs.find(id)
  const recording = job && (await stores.recordings.find(job.recordingId))
  return recording && covers(scope, kinOfPlaced(recording, live)) ? { job, recording } : undefined
}

/** Which jobs an entry is about: they have no one target. */
export const correlated = (jobs: readonly { readonly id: JobId }[]): Readonly<Record<string, string>> =>
  Object.fromEntries(jobs.map(({ id }, i) => [`jobId${i + 1}`, id]))
