import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { TestClient } from './testing-client.ts'
import { TestHosts } from './testing-process.ts'

setDefaultTimeout(60_000)

const PASSWORD = 'a password of some length'
const NODES = 8
const TRACKS = [1, 2, 3, 4]
const CLAIMERS = 8

/** A node with the jobs that wait for it. */
interface Queue {
  readonly nodeId: string
  readonly token: string
  readonly jobIds: readonly string[]
}

describe(`${NODES} nodes with ${TRACKS.length} jobs each, and ${CLAIMERS} claimers at each at once, over HTTP`, () => {
  const hosts = new TestHosts()
  let client: TestClient
  let owner: string
  beforeAll(async () => {
    const host = hosts.start(await hosts.folder(), { ROOMTONE_OWNER_PASSWORD: PASSWORD })
    client = new TestClient(await host.ready)
    owner = await client.signIn(PASSWORD)
  })
  afterAll(() => hosts.clear())

  /** Disjoint channels of one interface are one capture, so that a node may have several jobs waiting. */
  async function queue(): Promise<Queue> {
    const desk = {
      alias: 'Desk',
      backend: 'alsa',
      channelCount: TRACKS.length,
      systemName: 'D',
      systemRef: 'alsa:hw:1,0',
    }
    const { node, credential } = (await client.enrol(owner, { interfaces: [desk] })).body.data
    const jobIds: string[] = []
    for (const track of TRACKS) {
      const order = { nodeId: node.id, recordingProfileId: 'voice-wav', captureChannelSelection: [track] }
      jobIds.push((await client.ask('POST', '/recordings', { token: owner, body: order })).body.job.id)
    }
    return { nodeId: node.id, token: credential.token, jobIds }
  }

  const queues = () => Promise.all(Array.from({ length: NODES }, queue))

  /** What each claimer of each node was answered: the ids of jobs, or none. */
  const claimAll = (all: readonly Queue[], path: string) =>
    Promise.all(
      all.map(({ nodeId, token }) =>
        Promise.all(
          Array.from({ length: CLAIMERS }, async () => {
            const answer = await client.ask('POST', `/nodes/${nodeId}/recording-jobs/${path}`, { token })
            expect(answer.status).toBe(answer.bytes.length > 0 ? 200 : 204)
            const claimed = [answer.body?.data ?? []].flat()
            return claimed.map(({ id }: { id: string }) => id)
          }),
        ),
      ),
    )

  /** Node by node: the jobs that the audit says it claimed, in its own name. */
  async function auditedClaims(all: readonly Queue[], action: string) {
    const query = `/audit-events?limit=500&action=${action}.succeeded`
    const { body } = await client.ask('GET', query, { token: owner })
    const entries: { actor: { id: string }; details: { jobIds?: string[] } }[] = body.data
    return all.map(({ nodeId }) =>
      entries.filter(({ actor }) => actor.id === nodeId).flatMap(({ details }) => details.jobIds ?? []),
    )
  }

  const states = async (jobIds: readonly string[]) =>
    Promise.all(
      jobIds.map(async (id) => {
        const { data } = (await client.ask('GET', `/recording-jobs/${id}`, { token: owner })).body
        return `${data.status} by ${data.claimedBy}`
      }),
    )

  test('one at a time, each job goes to one claimer of its own node, and the others find none', async () => {
    const all = await queues()
    const claimed = await claimAll(all, 'claim-next')
    for (const [i, { nodeId, jobIds }] of all.entries()) {
      expect(claimed[i]?.flat().toSorted()).toEqual(jobIds.toSorted())
      expect(claimed[i]?.filter((ids) => ids.length === 0)).toHaveLength(CLAIMERS - jobIds.length)
      expect(await states(jobIds)).toEqual(jobIds.map(() => `running by ${nodeId}`))
    }
    const audited = await auditedClaims(all, 'recording_jobs.claim_next')
    expect(audited.map((ids) => ids.toSorted())).toEqual(all.map(({ jobIds }) => jobIds.toSorted()))
  })

  test('as a group, all of them go to one claimer, in their order', async () => {
    const all = await queues()
    const claimed = await claimAll(all, 'claim-next-group')
    for (const [i, { nodeId, jobIds }] of all.entries()) {
      expect(claimed[i]?.filter((ids) => ids.length > 0)).toEqual([[...jobIds]])
      expect(await states(jobIds)).toEqual(jobIds.map(() => `running by ${nodeId}`))
    }
    expect(await auditedClaims(all, 'recording_jobs.claim_next_group')).toEqual(all.map(({ jobIds }) => [...jobIds]))
  })

  test('another node`s credential claims nothing, neither from the queue nor by name', async () => {
    const [mine, theirs] = [await queue(), await queue()]
    const paths = [`/nodes/${theirs.nodeId}/recording-jobs/claim-next`, `/recording-jobs/${theirs.jobIds[0]}/claim`]
    for (const path of paths) expect((await client.ask('POST', path, { token: mine.token })).status).toBe(403)
    expect(await states(theirs.jobIds)).toEqual(theirs.jobIds.map(() => 'queued by undefined'))
  })
})
