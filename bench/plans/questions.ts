import type { TestRoom } from '../../hosts/door/testing-room.ts'
import type { Limits } from './plan.ts'

/** Something that is done all day, and the most that one statement of it may read. */
export interface Question {
  readonly name: string
  readonly limits: Limits
  ask(): Promise<unknown>
}

const TRACKS = 4
const A_FEW: Limits = { rows: 4, pages: 60 }
/** Whatever waits or runs on one node, with its recordings. */
const OF_ONE_NODE: Limits = { rows: 6 * (TRACKS + 1), pages: 120 }
/** Whatever is alive in this small world: it is read to be handed out. */
const ALL_THAT_IS_ALIVE: Limits = { rows: 200, pages: 400 }

/** The way of a job from its order to its end, by the doors that everyone uses. To be asked in this order. */
export function questionsAbout(room: TestRoom, owner: string, nodes: readonly Enrolled[]): readonly Question[] {
  const [one, another, third] = nodes.map((node) => walk(room, owner, node))
  if (!one || !another || !third) throw new Error('three nodes are asked about')
  const busy = [one, another, third]
  return [
    { name: 'order', limits: OF_ONE_NODE, ask: () => each(busy, ({ orderAll }) => orderAll()) },
    { name: 'controller-start', limits: ALL_THAT_IS_ALIVE, ask: () => room.room.world.storage.load() },
    { name: 'claim-next', limits: A_FEW, ask: () => each([one, another], ({ claimAll }) => claimAll()) },
    { name: 'claim-next-group', limits: OF_ONE_NODE, ask: () => third.claimGroup() },
    { name: 'claim-by-name', limits: OF_ONE_NODE, ask: () => third.orderAndClaimByName() },
    { name: 'heartbeat', limits: A_FEW, ask: () => one.beat() },
    { name: 'upload', limits: OF_ONE_NODE, ask: () => one.upload(0, '') },
    { name: 'chunk-upload', limits: OF_ONE_NODE, ask: () => one.upload(1, '?chunk=0') },
    { name: 'stop', limits: OF_ONE_NODE, ask: () => one.stop(2) },
    { name: 'failure', limits: OF_ONE_NODE, ask: () => one.fail(3) },
    { name: 'lease-runner', limits: ALL_THAT_IS_ALIVE, ask: () => room.later(60 * 60_000) },
  ]
}

export interface Enrolled {
  readonly nodeId: string
  readonly token: string
}

/** A node whose jobs share an interface, so that several of them may wait. */
export const enrolShared = (room: TestRoom, owner: string): Promise<Enrolled> =>
  room.enrol(owner, {
    interfaces: [{ alias: 'D', backend: 'alsa', channelCount: TRACKS + 1, systemName: 'D', systemRef: 'alsa:hw:1,0' }],
  })

async function each<T>(all: readonly T[], act: (one: T) => Promise<unknown>): Promise<void> {
  for (const one of all) await act(one)
}

/** What a node and its operator do; an answer that says no is no answer to learn from. */
function walk(room: TestRoom, owner: string, { nodeId, token }: Enrolled) {
  const ordered: { readonly jobId: string; readonly recordingId: string }[] = []
  const asked = async (...asking: Parameters<TestRoom['ask']>) => {
    const answer = await room.ask(...asking)
    if (answer.status >= 300 || answer.status === 204) throw new Error(`${asking[1]}: ${answer.status}`)
    return answer.body
  }
  const order = async (channel: number) => {
    const body = { nodeId, recordingProfileId: 'voice-wav', captureChannelSelection: [channel] }
    const { job, data } = await asked('POST', '/recordings', { token: owner, body })
    ordered.push({ jobId: job.id, recordingId: data.id })
  }
  const tracks = Array.from({ length: TRACKS }, (_, i) => i)
  const post = (path: string) => asked('POST', path, { token })
  return {
    orderAll: () => each(tracks, (track) => order(track + 1)),
    claimAll: () => each(tracks, () => post(`/nodes/${nodeId}/recording-jobs/claim-next`)),
    claimGroup: () => post(`/nodes/${nodeId}/recording-jobs/claim-next-group`),
    async orderAndClaimByName() {
      await order(TRACKS + 1)
      await post(`/recording-jobs/${ordered.at(-1)?.jobId}/claim`)
    },
    beat: () => post(`/recording-jobs/${ordered[0]?.jobId}/heartbeat`),
    upload: (track: number, query: string) =>
      asked('PUT', `/recordings/${ordered[track]?.recordingId}/cache-file${query}`, {
        token,
        body: new Uint8Array(1000),
        headers: { 'x-rakkr-recording-job-id': ordered[track]?.jobId ?? '' },
      }),
    stop: (track: number) => asked('POST', `/recordings/${ordered[track]?.recordingId}/stop`, { token: owner }),
    fail: (track: number) => post(`/recording-jobs/${ordered[track]?.jobId}/failed`),
  }
}
