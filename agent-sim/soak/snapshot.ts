import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { faultsOf } from '../../hosts/door/testing-seals.ts'
import type { Doubted, Facts, ShownChunk, ShownEntry, ShownJob, ShownRecording, StoredFile } from '../checkers/facts.ts'
import type { Call } from '../wire/call.ts'
import { systemClock } from './clock.ts'
import type { Ledger } from './ledger.ts'
import { dataOf, type Owner } from './owner.ts'

const PAGE = 200

/** All that the controller shows when everything is over, and what lies in its folder, beside what the ledger holds. */
export async function snapshotOf(
  { ask, download }: Owner,
  ledger: Ledger,
  folder: string,
): Promise<Omit<Facts, 'ended'>> {
  const recordings = await listed<ShownRecording>(ask, '/recordings')
  const jobs = await jobsOf({ ask })
  const chunks: ShownChunk[] = []
  for (const { id } of jobs) {
    chunks.push(...dataOf<ShownChunk[]>(await ask({ method: 'GET', path: `/recording-jobs/${id}/chunks` })))
  }
  const downloads = new Map<string, Uint8Array>()
  for (const { id } of recordings) {
    const bytes = await download(`/recordings/${id}/file`)
    if (bytes) downloads.set(id, bytes)
  }
  const nodes = await listed<{ id: string }>(ask, '/nodes')
  // What is read from here on is in the audit as well, and would move its pages underneath us.
  const until = new Date(systemClock.nowMs()).toISOString()
  const audit = (await listed<ShownEntry>(ask, '/audit-events', `&to=${until}`)).toSorted(byTurn)
  const trail = faultsOf((await download('/audit-events/export?format=ndjson')) ?? '')
  const { deeds, uploads, faults } = ledger
  const onDisk = { files: await filesIn(folder), doubted: await doubtsIn(folder) }
  return { deeds, uploads, faults, nodes, recordings, jobs, chunks, audit, trail, downloads, ...onDisk }
}

export const jobsOf = ({ ask }: Pick<Owner, 'ask'>): Promise<readonly ShownJob[]> =>
  listed<ShownJob>(ask, '/recording-jobs')

const byTurn = (a: ShownEntry, b: ShownEntry) => (a.id < b.id ? -1 : 1)

async function listed<T>(owner: Call, path: string, filter = ''): Promise<readonly T[]> {
  const all: T[] = []
  for (let offset = 0; ; offset += PAGE) {
    const page = dataOf<T[]>(await owner({ method: 'GET', path: `${path}?limit=${PAGE}&offset=${offset}${filter}` }))
    all.push(...page)
    if (page.length < PAGE) return all
  }
}

/** What is in `incoming` has no place yet, and is nobody's. */
async function filesIn(folder: string): Promise<readonly StoredFile[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = found.filter((each) => each.isFile()).map((each) => relative(folder, join(each.parentPath, each.name)))
  return Promise.all(
    paths
      .filter((path) => !path.startsWith('incoming/'))
      .map(async (path) => {
        const digest = createHash('sha256')
          .update(await readFile(join(folder, path)))
          .digest('hex')
        return { path, checksum: `sha256:${digest}` }
      }),
  )
}

/** The notes that a controller leaves for itself, and for the next. */
async function doubtsIn(folder: string): Promise<readonly Doubted[]> {
  const incoming = join(folder, 'incoming')
  const notes = (await readdir(incoming)).filter((name) => name.endsWith('.doubt'))
  return Promise.all(notes.map(async (name) => JSON.parse(await readFile(join(incoming, name), 'utf8'))))
}
