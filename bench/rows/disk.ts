import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'

/** What a database writes at a time, and how often a controller under an open loop commits. */
const PAGE_BYTES = 8192
const PAGES = 128
const EVERY_MS = 5

/** How long a page takes until it is kept, in milliseconds, one after the other for so long. There is always one. */
export async function keptMs(forMs: number): Promise<readonly number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'roomtone-bench-disk-'))
  const file = await open(join(folder, 'pages'), 'w')
  const page = Buffer.alloc(PAGE_BYTES, 1)
  const took: number[] = []
  try {
    // As in a log that is written over, the file stays as large as it is.
    await file.write(Buffer.alloc(PAGE_BYTES * PAGES))
    await file.sync()
    const endMs = performance.now() + forMs
    for (let i = 0, beganMs = 0; beganMs < endMs; i++) {
      beganMs = performance.now()
      await file.write(page, 0, PAGE_BYTES, (i % PAGES) * PAGE_BYTES)
      await file.datasync()
      took.push(performance.now() - beganMs)
      await Bun.sleep(EVERY_MS)
    }
  } finally {
    await file.close()
    await rm(folder, { recursive: true })
  }
  return took
}
