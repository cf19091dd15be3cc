import { expect, setDefaultTimeout, test } from 'bun:test'
import { StorageUnavailable } from '../../core/ports/storage.ts'
import { aRecording } from './conformance/builders.ts'
import { outcome } from './conformance/given.ts'
import { describeStorage } from './conformance/storage.ts'
import { openPglite } from './pglite/open.ts'

// Each start makes a whole database, which takes its seconds.
setDefaultTimeout(60_000)

describeStorage('pglite', openPglite)

test('pglite, once it is closed, is away like any database; nothing is written, and nothing is made up', async () => {
  const storage = await openPglite({ committed() {}, reloaded() {} })
  const recording = aRecording()
  await storage.commit({ recordings: [recording] })
  await storage.close()
  expect(await outcome(storage.commit({ recordings: [aRecording()] }))).toBe('StorageUnavailable')
  expect(storage.auditing()).toBe(false)
  await expect(storage.stores.recordings.find(recording.id)).rejects.toBeInstanceOf(StorageUnavailable)
  await expect(storage.ping()).rejects.toBeInstanceOf(StorageUnavailable)
})
