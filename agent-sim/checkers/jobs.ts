import type { Checker, Facts } from './facts.ts'

const ends = new Set(['completed', 'failed', 'cancelled'])
const active = new Set(['queued', 'recording'])

/** R8: when all faults have stopped, every job has come to an end, and no recording waits for anything. */
export const everythingEnds: Checker = ({ jobs, recordings }) => [
  ...jobs.filter(({ status }) => !ends.has(status)).map(({ id, status }) => `${id} is ${status}, and stays so`),
  ...recordings.filter(({ status }) => active.has(status)).map(({ id, status }) => `${id} is ${status}, and stays so`),
]

/** R1: nobody is given a job that somebody has. */
export const claimedOnce: Checker = ({ deeds, audit }) => [
  ...repeated(deeds.filter(({ action }) => action === CLAIMED).map(({ target }) => target)).map(
    (id) => `${id} was handed out twice`,
  ),
  ...repeated(claimsIn(audit)).map((id) => `${id} was claimed twice`),
]

/** R2: who does not hold a job, and who holds one that is over, changes nothing by saying that it ended. */
export const endsStand: Checker = ({ ended, jobs }) =>
  ended.flatMap((before) => {
    const after = jobs.find(({ id }) => id === before.id)
    const stands = after?.status === before.status && after.failureReason === before.failureReason
    return stands ? [] : [`${before.id} was ${before.status} until someone else spoke; then ${after?.status}`]
  })

const CLAIMED = 'recording_jobs.claim_next_group.succeeded'

const claimsIn = (audit: Facts['audit']) =>
  audit
    .filter(({ action }) => action === CLAIMED)
    .flatMap(({ details }) => (Array.isArray(details['jobIds']) ? details['jobIds'] : []))

/** An empty claim is about the node, which may ask as often as it likes. */
const repeated = (ids: readonly string[]) =>
  [...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))].filter((id) => id.startsWith('job_'))
