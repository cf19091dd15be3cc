import type { Deed } from '../checkers/facts.ts'

export const requestKinds = ['any', 'upload', 'claim', 'order', 'stop', 'end'] as const
export type RequestKind = (typeof requestKinds)[number]

const kinds: readonly (readonly [RegExp, RequestKind])[] = [
  [/^PUT .*\/cache-file$/, 'upload'],
  [/^POST .*\/claim-next-group$/, 'claim'],
  [/^POST \/recordings$/, 'order'],
  [/^POST .*\/stop$/, 'stop'],
  [/^POST .*\/(cancelled|failed)$/, 'end'],
]

export const kindOf = (method: string, path: string): RequestKind =>
  kinds.find(([pattern]) => pattern.test(`${method} ${path}`))?.[1] ?? 'any'

/** What an answer acknowledges, in the words of the audit: the action, and whose id it is about. */
const deeds: readonly (readonly [RegExp, (data: Data, id: string) => Deed])[] = [
  [/^POST \/nodes\/enroll$/, ({ node }) => ({ action: 'nodes.enroll.succeeded', target: node?.id ?? '' })],
  [/^POST \/nodes\/([^/]+)\/heartbeat$/, (_, target) => ({ action: 'nodes.heartbeat.succeeded', target })],
  [/^POST \/nodes\/([^/]+)\/inventory$/, (_, target) => ({ action: 'nodes.inventory.reconciled', target })],
  [
    /^POST \/nodes\/([^/]+)\/recording-jobs\/claim-next-group$/,
    (jobs, id) => ({ action: 'recording_jobs.claim_next_group.succeeded', target: jobs[0]?.id ?? id }),
  ],
  [/^POST \/recordings$/, ({ id }) => ({ action: 'recordings.start.succeeded', target: id ?? '' })],
  [/^POST \/recordings\/([^/]+)\/stop$/, (_, target) => ({ action: 'recordings.stop.succeeded', target })],
  [
    /^PUT \/recordings\/([^/]+)\/cache-file$/,
    (_, target) => ({ action: 'recordings.cache_file.attach.succeeded', target }),
  ],
  [
    /^POST \/recording-jobs\/([^/]+)\/heartbeat$/,
    (_, target) => ({ action: 'recording_jobs.heartbeat.succeeded', target }),
  ],
  [/^POST \/recording-jobs\/([^/]+)\/cancelled$/, ({ status }, target) => ended('cancelled', status, target)],
  [/^POST \/recording-jobs\/([^/]+)\/failed$/, ({ status }, target) => ended('failed', status, target)],
]

interface Data {
  readonly id?: string
  readonly status?: string
  readonly node?: { readonly id: string }
  readonly [index: number]: { readonly id: string }
}

/** The first end of a job stands: whoever comes with another is answered, and recorded, but changes nothing. */
const ended = (wanted: string, status: string | undefined, target: string): Deed => ({
  action: `recording_jobs.${wanted}.${status === wanted ? 'succeeded' : 'failed'}`,
  target,
})

export function deedOf(request: string, data: Data = {}): Deed | undefined {
  for (const [pattern, deed] of deeds) {
    const found = pattern.exec(request)
    if (found) return deed(data, found[1] ?? '')
  }
  return undefined
}
