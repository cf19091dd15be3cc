import { describe, expect, test } from 'bun:test'
import { everything } from '../../../core/access/scope.ts'
import type { AuditEntry } from '../../../core/audit/entry.ts'
import type { InterfaceId, RecordingId } from '../../../core/ids.ts'
import type { Interface } from '../../../core/nodes/node.ts'
import { oneVersionOn } from '../../../core/ports/storage.ts'
import {
  aChunk,
  aCredential,
  aHealthEvent,
  aJob,
  aNode,
  anEntry,
  aPresence,
  aRecording,
  aUser,
  T0,
} from './builders.ts'
import { type Given, outcome } from './given.ts'

const desk: Interface = {
  id: 'i' as InterfaceId,
  alias: 'Desk',
  systemName: 'USB Desk',
  backend: 'alsa',
  channelCount: 2,
  channels: [{ index: 1, alias: 'Lectern' }],
  sampleRates: [44100, 48000],
  absent: true,
}
const all = { scope: everything, self: 'u' as never }

/** One commit: all of it or none of it, told once, in order. */
export function commits(given: Given): void {
  const entryIs = async ({ id }: AuditEntry) => (await given.storage.stores.audit.find(id, all)) !== null

  describe('commit', () => {
    test('a change and its audit are kept together, and told one version on', async () => {
      const recording = aRecording({ tags: ['a', 'b'], notes: 'said "yes", \\ and ünïcode' })
      const entry = anEntry({ before: { a: 1 }, after: { a: [2] } })
      await given.storage.commit({ recordings: [recording], audit: [entry] })
      expect(await given.storage.stores.recordings.find(recording.id)).toEqual({ ...recording, version: 1 })
      expect(await given.storage.stores.audit.find(entry.id, all)).toEqual(entry)
      expect(given.told.at(-1)?.changes).toEqual(oneVersionOn({ recordings: [recording], audit: [entry] }))
    })

    test('every member of every family comes back as it was', async () => {
      const node = aNode({ building: 'B', interfaces: [desk], audioDefaults: { captureChannels: 4 } })
      const presence = aPresence(node.id, {
        said: { runtime: { audioBackends: ['alsa'], osName: 'An OS' }, ipAddresses: ['::1'], agentVersion: '"\\' },
        uptimeSeconds: 5e20,
      })
      const job = aJob({ nodeId: node.id, startedAt: T0 + 1, leaseExpiresAt: T0 + 2, failureReason: 'f' })
      await given.storage.commit({ nodes: [node], presences: [presence], jobs: [job] })
      const judgement = { now: T0, offlineAfterSeconds: 0 }
      const found = await given.storage.stores.nodes.list(
        { q: node.id },
        everything,
        { limit: 5, offset: 0 },
        judgement,
      )
      expect(found.items).toEqual([{ nodeId: node.id, lastSeenAt: presence.lastSeenAt }])
      expect(await given.storage.stores.nodes.presences([node.id])).toEqual([presence])
      expect((await given.storage.load()).changes.nodes).toContainEqual({ ...node, version: 1 })
      expect(await given.storage.stores.jobs.find(job.id)).toEqual({ ...job, version: 1 })
    })

    test('a presence is what was heard last, without what is not said any more, nor what no database can hold', async () => {
      const node = aNode()
      const runtime = { audioBackends: ['alsa' as const] }
      await given.storage.commit({
        nodes: [node],
        presences: [aPresence(node.id, { uptimeSeconds: 5, said: { runtime } })],
      })
      const silent = aPresence(node.id, { lastSeenAt: T0 + 1, said: { hostname: 'a\\u0000"' } })
      await given.storage.commit({ presences: [silent] })
      expect(await given.storage.stores.nodes.presences([node.id])).toEqual([silent])
      await given.storage.commit({
        presences: [aPresence(node.id, { said: { hostname: 'b\0\ud800' }, lastSeenAt: T0 + 2 })],
      })
      const [heard] = await given.storage.stores.nodes.presences([node.id])
      expect(['b\0\ud800', 'b\ufffd']).toContain(heard?.said.hostname ?? '')
    })

    test('chunks come back in their order, each as it was', async () => {
      const recording = aRecording()
      const sound = { channelCount: 2, sampleRate: 48000, frameCount: 96000, peaks: [0.5, 0.25] }
      const blocks = { bitsPerSample: 24, blockSize: 4096, blockCount: 24, marks: [42, 9000], markEvery: 16 }
      const chunks = [
        aChunk(recording.id, 1, { heard: { ...sound, dataAt: 44 }, sizeBytes: 2 ** 33 }),
        aChunk(recording.id, 2, { heard: { ...sound, flac: { from: 42, to: 12_000, ...blocks } } }),
        aChunk(recording.id, 3, { heard: { ...sound, mp3: { from: 417, to: 12_000 } } }),
        aChunk(recording.id, 4, { total: 4, cachedAt: T0 }),
      ]
      await given.storage.commit({ recordings: [recording], chunks: chunks.toReversed() })
      expect(await given.storage.stores.recordings.chunksOf(recording.id)).toEqual(
        chunks.map((each) => ({ ...each, version: 1 })),
      )
      expect(await given.storage.stores.recordings.chunksOf('rec_none' as RecordingId)).toEqual([])
    })

    test('what is removed is gone, may come anew, and is stale to whoever still holds it', async () => {
      const recording = aRecording()
      const [one, two] = [aChunk(recording.id, 1), aChunk(recording.id, 2)]
      await given.storage.commit({ recordings: [recording], chunks: [one, two] })
      const chunks = async () =>
        (await given.storage.stores.recordings.chunksOf(recording.id)).map(({ index }) => index)
      expect(await outcome(given.storage.commit({ removed: { chunks: [one] } }))).toBe('Stale')
      expect(await chunks()).toEqual([1, 2])
      const gone = { ...one, version: 1 }
      const outcomes = await Promise.all([
        outcome(given.storage.commit({ removed: { chunks: [gone] } })),
        outcome(given.storage.commit({ chunks: [{ ...gone, durationSeconds: 9 }] })),
      ])
      expect(outcomes).toEqual(['kept', 'Stale'])
      expect(await chunks()).toEqual([2])
      await given.storage.commit({ chunks: [one] })
      expect(await chunks()).toEqual([1, 2])
    })

    test('whoever is removed has lost authority: what was decided before is stale', async () => {
      const user = aUser()
      await given.storage.commit({ users: [user] })
      const { epoch } = await given.storage.load()
      await given.storage.commit({ removed: { users: [{ ...user, version: 1 }] } })
      expect(await given.storage.stores.users.findByEmail(user.email)).toBeNull()
      expect(await outcome(given.storage.commit({ audit: [anEntry()] }, epoch))).toBe('Stale')
      expect((await given.storage.load()).changes.users?.some(({ id }) => id === user.id)).toBe(false)
      await given.storage.commit({ users: [user] })
      expect(await given.storage.stores.users.findByEmail(user.email)).toEqual({ ...user, version: 1 })
    })

    test('what had moved on is stale: nothing of it is kept, nobody is told', async () => {
      const moved = aRecording()
      await given.storage.commit({ recordings: [moved] })
      const other = aRecording()
      const entry = anEntry()
      const before = given.told.length
      expect(await outcome(given.storage.commit({ recordings: [other, moved], audit: [entry] }))).toBe('Stale')
      expect(await given.storage.stores.recordings.find(other.id)).toBeNull()
      expect(await entryIs(entry)).toBe(false)
      expect(given.told.length).toBe(before)
    })

    test('what must be unique is taken only once, also at once', async () => {
      const [first, second] = [aUser({ email: 'same@example.org' }), aUser({ email: 'same@example.org' })]
      const bystander = anEntry()
      const outcomes = await Promise.all(
        [{ users: [first] }, { users: [second] }, { audit: [bystander] }].map((each) =>
          outcome(given.storage.commit(each)),
        ),
      )
      expect(outcomes.toSorted()).toEqual(['Stale', 'kept', 'kept'])
      expect(await entryIs(bystander)).toBe(true)
    })

    test('what is refused at its very end takes back all that was written before', async () => {
      const [entry, recording] = [anEntry(), aRecording()]
      await given.storage.commit({ audit: [entry] })
      expect(await outcome(given.storage.commit({ recordings: [recording], audit: [entry] }))).toBe('Stale')
      expect(await given.storage.stores.recordings.find(recording.id)).toBeNull()
    })

    test('fifty commits at once are all kept, and told in their order', async () => {
      const entries = Array.from({ length: 50 }, () => anEntry())
      await Promise.all(entries.map((each) => given.storage.commit({ audit: [each] })))
      expect(await Promise.all(entries.map(entryIs))).toEqual(entries.map(() => true))
      expect(given.told.slice(-50).map(({ changes }) => changes.audit?.[0]?.id)).toEqual(entries.map(({ id }) => id))
    })

    test('of two claims of one job at once, one is stale and takes nobody down', async () => {
      const job = aJob()
      await given.storage.commit({ jobs: [job] })
      const claimed = { ...job, version: 1, status: 'running' as const }
      const [won, lost, bystander] = [anEntry(), anEntry(), anEntry()]
      const outcomes = await Promise.all([
        outcome(given.storage.commit({ jobs: [claimed], audit: [won] })),
        outcome(given.storage.commit({ jobs: [claimed], audit: [lost] })),
        outcome(given.storage.commit({ audit: [bystander] })),
      ])
      expect(outcomes).toEqual(['kept', 'Stale', 'kept'])
      expect(await Promise.all([won, lost, bystander].map(entryIs))).toEqual([true, false, true])
    })

    test('a thing moved twice in one breath stands as it was moved last', async () => {
      const one = aRecording()
      await Promise.all([
        given.storage.commit({ recordings: [one] }),
        given.storage.commit({ recordings: [{ ...one, version: 1, name: 'second' }] }),
        given.storage.commit({ recordings: [{ ...one, version: 2, name: 'third' }] }),
      ])
      expect(await given.storage.stores.recordings.find(one.id)).toEqual({ ...one, version: 3, name: 'third' })
    })

    test('signs of life carry no version: the latest one wins, whichever is written last', async () => {
      const node = aNode()
      await given.storage.commit({ nodes: [node], presences: [aPresence(node.id)] })
      await Promise.all(
        [1, 3, 2].map((n) => given.storage.commit({ presences: [aPresence(node.id, { lastSeenAt: T0 + n })] })),
      )
      const { changes } = await given.storage.load()
      expect(changes.presences?.find(({ nodeId }) => nodeId === node.id)?.lastSeenAt).toBe(T0 + 3)
    })

    test('text that a database cannot hold keeps nobody from being written', async () => {
      const entry = anEntry({ reason: 'a\u0000b \ud800 c' })
      await given.storage.commit({
        audit: [entry],
        healthEvents: [aHealthEvent({ details: { odd: '\\u0000 \u0000' } })],
      })
      expect(await entryIs(entry)).toBe(true)
      // It reads otherwise than it was written, so that nobody who compares is to meet it.
      await given.storage.commit({ thinned: [entry.id] })
    })

    test('load sees what is committed meanwhile whole, or not at all', async () => {
      const nodes = Array.from({ length: 40 }, () => aNode())
      const writing = (async () => {
        for (const node of nodes) await given.storage.commit({ nodes: [node], credentials: [aCredential(node.id)] })
      })()
      const loads = await Promise.all(Array.from({ length: 10 }, () => given.storage.load()))
      await writing
      for (const { changes } of loads) {
        const known = new Set(changes.credentials?.map(({ nodeId }) => nodeId))
        const seen = nodes.filter(({ id }) => changes.nodes?.some((node) => node.id === id))
        expect(seen.map(({ id }) => known.has(id))).toEqual(seen.map(() => true))
        expect(nodes.filter(({ id }) => known.has(id)).length).toBe(seen.length)
      }
    })

    test('load gives back what the live state is made of, and leaves out what is over', async () => {
      const node = aNode()
      const credential = aCredential(node.id)
      const done = aJob({ status: 'completed', completedAt: T0 })
      const waiting = aJob({ nodeId: node.id })
      await given.storage.commit({
        nodes: [node],
        presences: [aPresence(node.id)],
        credentials: [credential],
        jobs: [done, waiting],
      })
      const { changes } = await given.storage.load()
      expect(changes.nodes).toContainEqual({ ...node, version: 1 })
      expect(changes.credentials).toContainEqual({ ...credential, version: 1 })
      expect(changes.jobs?.map(({ id }) => id)).toContain(waiting.id)
      expect(changes.jobs?.map(({ id }) => id)).not.toContain(done.id)
    })
  })
}
