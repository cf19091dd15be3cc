import { covers } from '../access/scope.ts'
import type { Kin } from '../access/target.ts'
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
    const things = await Promise.all(asked.map((id) => kinOfId(id, view)))
    return refuse('not_found', 'recording_job_not_visible', { outcome: 'denied', details: { hiddenIds }, things })
  }
  return ok(found.filter((each) => each !== undefined))
}

async function visible(id: JobId, view: View): Promise<Claimed | undefined> {
  const found = await claimed(id, view)
  return found && covers(view.scope, kinOfPlaced(found.recording, view.live)) ? found : undefined
}

async function claimed(id: JobId, { stores }: View): Promise<Claimed | undefined> {
  const job = await stores.jobs.find(id)
  const recording = job && (await stores.recordings.find(job.recordingId))
  return recording ? { job, recording } : undefined
}

/** What each of the jobs stands for, for the audit. */
export const kinOfEach = (selection: readonly Claimed[], view: View): readonly (readonly Kin[])[] =>
  selection.map(({ job, recording }) => [{ type: 'recording_job', id: job.id }, ...kinOfPlaced(recording, view.live)])

async function kinOfId(id: JobId, view: View): Promise<readonly Kin[]> {
  const found = await claimed(id, view)
  return (found && kinOfEach([found], view)[0]) ?? [{ type: 'recording_job', id }]
}

/** Which jobs an entry is about: they have no one target. */
export const correlated = (jobs: readonly { readonly id: JobId }[]): Readonly<Record<string, string>> =>
  Object.fromEntries(jobs.map(({ id }, i) => [`jobId${i + 1}`, id]))
