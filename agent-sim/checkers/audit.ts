import { type Checker, type Facts, placeOf, type ShownEntry } from './facts.ts'

/** R10, and R13: the state has changed if, and only if, the audit tells of it; so has all that was acknowledged. */
export const auditAgrees: Checker = (facts) => [
  ...unrecorded(facts),
  ...differ(
    'node',
    toldNodes(facts.audit),
    facts.nodes.map(({ id }) => [id, 'enrolled'] as const),
  ),
  ...differ(
    'job',
    toldJobs(facts.audit),
    facts.jobs.map((job) => [job.id, wordsFor(job)] as const),
  ),
  ...differ(
    'recording',
    toldRecordings(facts.audit),
    facts.recordings.map(({ id, status }) => [id, status] as const),
  ),
  ...differ('audio', toldAudio(facts.audit), shownAudio(facts)),
]

/** What was acknowledged and has no entry; the same thing done twice has two. */
function unrecorded({ deeds, audit }: Facts): readonly string[] {
  const left = new Map<string, number>()
  const keyOf = (action: string, target: string | undefined) => `${action} of ${target}`
  for (const { action, target } of audit) {
    const key = keyOf(action, target.id)
    left.set(key, (left.get(key) ?? 0) + 1)
  }
  return deeds.flatMap(({ action, target }) => {
    const key = keyOf(action, target)
    const count = left.get(key) ?? 0
    left.set(key, count - 1)
    return count > 0 ? [] : [`${key} was acknowledged, and the audit does not know of it`]
  })
}

type Told = Iterable<readonly [id: string, state: string]>

/** Of each thing the last that was told; later words replace earlier ones. */
function differ(what: string, told: Told, shown: Told): readonly string[] {
  const [said, stands] = [new Map(told), new Map(shown)]
  return [...new Set([...said.keys(), ...stands.keys()])]
    .filter((id) => said.get(id) !== stands.get(id))
    .map((id) => `${what} ${id} is ${stands.get(id) ?? 'not there'}; the audit tells: ${said.get(id) ?? 'nothing'}`)
}

const wordsFor = ({ status, failureReason }: { readonly status: unknown; readonly failureReason?: unknown }) =>
  failureReason === undefined ? String(status) : `${status} (${failureReason})`

const toldNodes = (audit: readonly ShownEntry[]): Told =>
  audit.flatMap(({ action, target }) =>
    action === 'nodes.enroll.succeeded' && target.id ? [[target.id, 'enrolled'] as const] : [],
  )

const ENDED = /^recording_jobs\.(failed|cancelled|expire)\.succeeded$/
const STARTED = 'recordings.start.succeeded'
const STOPPED = 'recordings.stop.succeeded'
const FILED = 'recordings.cache_file.attach.succeeded'
const CLAIMED = 'recording_jobs.claim_next_group.succeeded'

function toldJobs(audit: readonly ShownEntry[]): Told {
  return audit.flatMap(({ action, target, details, correlationIds, after }): [string, string][] => {
    if (action === STARTED) return [[correlationIds['jobId'] ?? '', 'queued']]
    if (action === CLAIMED) return idsOf(details['jobIds']).map((id) => [id, 'running'])
    if (action === FILED && details['jobStatus'] === 'completed') return [[String(details['jobId']), 'completed']]
    if (after === undefined) return []
    if (action === STOPPED) return [[String(details['jobId']), stopped(String(after['jobStatus']))]]
    return ENDED.test(action)
      ? [[target.id ?? '', wordsFor({ status: after['status'], failureReason: after['failureReason'] })]]
      : []
  })
}

const idsOf = (listed: unknown): readonly string[] => (Array.isArray(listed) ? listed.map(String) : [])

/** A job that nobody had begun ends with the stop itself. */
const stopped = (status: string) => (status === 'cancelled' ? 'cancelled (controller_stop_requested)' : status)

function toldRecordings(audit: readonly ShownEntry[]): Told {
  return audit.flatMap(({ action, target, details, after }): [string, string][] => {
    if (after === undefined) return []
    if (action === STARTED || action === STOPPED || action === FILED)
      return [[target.id ?? '', String(after['status'])]]
    return ENDED.test(action) ? [[String(details['recordingId']), String(after['recordingStatus'])]] : []
  })
}

function toldAudio(audit: readonly ShownEntry[]): Told {
  return audit.flatMap(({ action, target, details }): [string, string][] => {
    if (action !== FILED) return []
    const index = details['chunkIndex']
    const place = placeOf({ recordingId: target.id ?? '', ...(typeof index === 'number' && { index }) })
    return [[place, String(details['checksum'])]]
  })
}

const shownAudio = ({ recordings, chunks }: Facts): Told => [
  ...recordings.flatMap(({ id, checksum }) => (checksum ? [[id, checksum] as const] : [])),
  ...chunks.flatMap((chunk) => (chunk.checksum ? [[placeOf(chunk), chunk.checksum] as const] : [])),
]
