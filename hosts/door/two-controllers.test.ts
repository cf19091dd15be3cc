import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { openPostgres } from '../../adapters/storage/postgres/open.ts'
import { TestRoom } from './testing-room.ts'
import { freshDatabases } from './testing-storages.ts'

describe('two controllers on one database, each with a live state of its own', () => {
  const database = freshDatabases()
  const JOBS = 32
  let rooms: readonly [TestRoom, TestRoom]
  let node: { readonly nodeId: string; readonly token: string }
  let jobIds: readonly string[]

  beforeEach(async () => {
    const address = await database()
    const open = () => TestRoom.open((listener) => openPostgres(address, listener))
    const first = await open()
    const owner = await first.signIn()
    const desk = { alias: 'Desk', backend: 'alsa', channelCount: JOBS, systemName: 'D', systemRef: 'alsa:hw:1,0' }
    node = await first.enrol(owner, { interfaces: [desk] })
    const ordered: string[] = []
    for (let channel = 1; channel <= JOBS; channel++) {
      const body = { nodeId: node.nodeId, captureChannelSelection: [channel] }
      ordered.push((await first.ask('POST', '/recordings', { token: owner, body })).body.job.id)
    }
    jobIds = ordered
    rooms = [first, await open()]
  })
  afterEach(() => Promise.all(rooms.map((room) => room.close())))

  test('64 claimers, half of them at each, share 32 jobs without overlap', async () => {
    const { nodeId, token } = node
    const path = `/nodes/${nodeId}/recording-jobs/claim-next`
    const answers = await Promise.all(
      Array.from({ length: 2 * JOBS }, async (_, i) => {
        const { status, body } = await (rooms[i % 2] as TestRoom).ask('POST', path, { token })
        return { at: i % 2, status, claimed: status === 200 ? (body.data.id as string) : undefined }
      }),
    )
    const won = answers.filter(({ claimed }) => claimed !== undefined)
    expect(won.map(({ claimed }) => claimed).toSorted()).toEqual(jobIds.toSorted())
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(JOBS)
    console.info(`of ${JOBS} jobs the first controller gave out ${won.filter(({ at }) => at === 0).length}`)

    const [{ room }] = rooms
    const standing = await Promise.all(jobIds.map((id) => room.world.storage.stores.jobs.find(id as never)))
    expect(standing.map((job) => `${job?.status} ${job?.version}`)).toEqual(jobIds.map(() => 'running 2'))
  })
})
