import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { nameOf, ourRoutes } from '../contract/routes.ts'
import { plainPasswords } from './testing-passwords.ts'
import { TestRoom } from './testing-room.ts'
import { type Sample, samplesIn } from './testing-samples.ts'
import { everyStorage } from './testing-storages.ts'

const routes = ourRoutes.filter(({ operations }) => operations.some(({ audience }) => audience === 'node'))
type Route = (typeof routes)[number]

const isShared = ({ operations }: Route) => operations.some(({ audience }) => audience === 'user')
/** By section 6.6: a node is held against the path; of a job or a recording it is told first whether there is one. */
const speaksForNode = ({ path }: Route) => path.startsWith('/api/v1/nodes/:')

/** What an agent names besides, with its sample's header or member: another's is forbidden, what is not there is not found. */
const namedBesides: Readonly<
  Record<string, readonly [kind: 'recording' | 'job', name: (id: string) => Partial<Sample>]>
> = {
  'POST /api/v1/nodes/:/health-events': [
    'recording',
    (recordingId) => ({ body: { type: 'agent.started', severity: 'info', recordingId } }),
  ],
  'PUT /api/v1/recordings/:/cache-file': ['job', (id) => ({ headers: { 'x-rakkr-recording-job-id': id } })],
}

for (const [name, storage] of everyStorage()) {
  describe(`which node may do what, over ${name}`, () => {
    let room: TestRoom
    beforeAll(async () => {
      room = await TestRoom.open(storage, { passwords: plainPasswords })
    })
    afterAll(() => room.close())

    /** A world with the sample of a route, and another node, with a job that it has claimed. */
    async function given(route: Route) {
      const sample = (await samplesIn(room)).get(nameOf(route))
      if (!sample) throw new Error(`${nameOf(route)} has no sample`)
      const another = await room.captured()
      const ask = async (more: Partial<Sample> & { token?: string | undefined }) => {
        const { path, ...asking } = { ...sample, ...more }
        return room.ask(route.method, path, asking)
      }
      return { sample, another, ask }
    }

    test.each(routes.map((route) => [nameOf(route), route] as const))(
      '%s is for the one whose it is, and for nobody else',
      async (_, route) => {
        const { sample, another, ask } = await given(route)
        const { error: unknown } = (await ask({ token: 'rt_of_nobody' })).body
        const missing = sample.path.replace(/(?<=(nodes|recording-jobs|recordings)\/[^/]+)[^/]{6}(?=\/|$|\?)/, 'ffffff')
        expect(missing).not.toBe(sample.path)

        expect((await ask({ token: undefined })).status).toBe(401)
        expect((await ask({ token: undefined })).body.error).toBe('Node credential required')
        expect((await ask({ token: another.token })).status).toBe(403)
        expect((await ask({ token: another.token, path: missing })).status).toBe(speaksForNode(route) ? 403 : 404)
        expect((await ask({ path: missing })).status).toBe(speaksForNode(route) ? 403 : 404)
        if (!isShared(route)) {
          expect(unknown).toBe('Invalid node credential')
          // A user's session is no credential, not even the owner's.
          const asOwner = await ask({ token: another.owner })
          expect([asOwner.status, asOwner.body.error]).toEqual([401, 'Invalid node credential'])
        }
        expect((await ask({})).status).toBe(route.status)
      },
    )

    test.each(Object.keys(namedBesides))('%s: what it names besides must be there, and be its own', async (name) => {
      const route = routes.find((each) => nameOf(each) === name) as Route
      const { another, ask } = await given(route)
      const [kind, naming] = namedBesides[name] as (typeof namedBesides)[string]
      const foreign = kind === 'job' ? another.jobId : another.recordingId
      expect((await ask(naming(foreign))).status).toBe(403)
      expect((await ask(naming(`${foreign.slice(0, -6)}ffffff`))).status).toBe(404)
    })

    test('a credential that was replaced is none', async () => {
      const { another } = await given(routes[0] as Route)
      await room.ask('POST', `/nodes/${another.nodeId}/credentials/rotate`, { token: another.owner })
      const { token } = another
      expect((await room.ask('GET', `/nodes/${another.nodeId}/config`, { token })).status).toBe(401)
    })
  })
}
