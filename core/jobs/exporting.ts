import { operation } from '../operation.ts'
import { EXPORT } from '../page.ts'
import { ok } from '../result.ts'
import type { JobFilter } from './filter.ts'
import { correlated, kinOfEach, type Selection, selected } from './selection.ts'

export const exportJobs = operation({
  audience: 'user',
  permission: 'recording:read',
  audit: 'recording_jobs.export',
  target: { type: 'recording_collection', collection: 'recording_job_collection' },
  invalidAs: 'invalid_filters',

  async run({ filter }: { readonly filter: JobFilter }, { stores, scope, mark }) {
    const { items: jobs, total } = await stores.jobs.list(filter, scope, EXPORT)
    return ok({
      value: { jobs, at: mark.at },
      details: { exportedCount: jobs.length, totalCount: total, filters: filter },
    })
  },
})

export const exportSelectedJobs = operation({
  audience: 'user',
  permission: 'recording:read',
  audit: 'recording_jobs.export_selected',
  target: { type: 'recording_collection', collection: 'recording_job_collection' },

  async run(input: Selection, view) {
    const found = await selected(input, view)
    if (!found.ok) return found
    const jobs = found.value.map(({ job }) => job)
    const value = { jobs, at: view.mark.at }
    const things = kinOfEach(found.value, view)
    return ok({ value, details: { exportedCount: jobs.length }, correlationIds: correlated(jobs), things })
  },
})
