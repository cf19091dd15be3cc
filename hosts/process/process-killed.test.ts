import { afterEach, expect, setDefaultTimeout, test } from 'bun:test'
import process from 'node:process'
import { TestClient } from './testing-client.ts'
import { databasePid, isAlive, TestHosts, until } from './testing-process.ts'

setDefaultTimeout(60_000)

const PASSWORD = 'a password of some length'
const hosts = new TestHosts()
afterEach(() => hosts.clear())
const start = (folder: string) => hosts.start(folder, { ROOMTONE_OWNER_PASSWORD: PASSWORD })

test('killed while recorders are at work, it comes back with all that it ever acknowledged', async () => {
  const folder = await hosts.folder()
  const facts: Fact[] = []
  for (const round of ['first', 'second']) {
    const host = start(folder)
    const client = new TestClient(await host.ready)
    const owner = await client.signIn(PASSWORD)
    const enough = facts.length + FACTS_BEFORE_DEATH
    const tell = (...told: Fact[]) => {
      facts.push(...told)
      if (facts.length >= enough) host.kill('SIGKILL')
    }
    const recorders = Array.from({ length: 8 }, (_, i) => live(client, owner, `${round} ${i}`, tell))
    // To be killed is to leave the last question of each unanswered.
    await Promise.all(recorders.map((each) => each.catch(() => {})))
    await host.ended
  }
  const client = new TestClient(await start(folder).ready)
  const owner = await client.signIn(PASSWORD)
  for (const { path, holds } of facts) {
    const { body, bytes } = await client.ask('GET', path, { token: owner })
    if (holds instanceof Uint8Array) expect(Buffer.from(bytes).equals(holds)).toBe(true)
    else expect({ path, data: body.data }).toMatchObject({ path, data: holds })
  }
  // What was under way may have got through, but never without its entry, nor the entry without it.
  const list = async (path: string) => (await client.ask('GET', path, { token: owner })).body.data
  const nodes = (await list('/nodes?limit=500')).map(({ id }: Named) => id)
  const entries = await list('/audit-events?action=nodes.enroll.succeeded&limit=500')
  expect(entries.map(({ target }: { target: Named }) => target.id).toSorted()).toEqual(nodes.toSorted())
})

test('killed, it takes its database down; whoever starts next waits for that', async () => {
  const folder = await hosts.folder()
  const first = start(folder)
  await first.ready
  const database = databasePid(folder)
  expect(isAlive(database)).toBe(true)
  first.kill('SIGKILL')
  await first.ended
  await start(folder).ready
  expect(isAlive(database)).toBe(false)
  expect(databasePid(folder)).not.toBe(database as number)
})

test('its database killed, it says 503 at worst, loses nothing, and heals by itself', async () => {
  const folder = await hosts.folder()
  const host = start(folder)
  const client = new TestClient(await host.ready)
  const owner = await client.signIn(PASSWORD)
  const kept: string[] = []
  const enrol = async () => {
    const { status, body } = await client.enrol(owner)
    if (status === 201) kept.push(body.data.node.id)
    else expect([status, body.reason]).toEqual([503, 'database_unavailable'])
    return status === 201
  }
  for (let round = 0; round < 3; round++) {
    const killed = databasePid(folder) as number
    process.kill(killed, 'SIGKILL')
    await Promise.all(Array.from({ length: 5 }, enrol))
    expect((await client.ask('GET', '/healthz')).status).toBe(200)
    // What was connected to the old one may be answered for a while.
    await until(() => databasePid(folder) !== killed && isAlive(databasePid(folder)))
    await until(enrol)
  }
  const nodes = await client.ask('GET', '/nodes?limit=500', { token: owner })
  const known = nodes.body.data.map(({ id }: Named) => id)
  expect(kept.filter((id) => !known.includes(id))).toEqual([])
  host.kill()
  const { status, errors } = await host.ended
  expect(status).toBe(0)
  expect(errors).toContain('PostgreSQL ended by itself')
})

const FACTS_BEFORE_DEATH = 100

interface Named {
  readonly id: string
}

/** What was acknowledged: where it can be read, and what must stand there, now or further on. */
interface Fact {
  readonly path: string
  readonly holds: object
}

/** A recorder's whole life, over and over until an answer is missing. Each fact is told in the moment it is acknowledged. */
async function live(client: TestClient, owner: string, name: string, tell: (...facts: Fact[]) => void) {
  for (let round = 0; ; round++) {
    const enrolled = await client.enrol(owner)
    if (enrolled.status !== 201) return
    const { node, credential } = enrolled.body.data
    tell(audited('nodes.enroll.succeeded', node.id), { path: `/nodes/${node.id}`, holds: { id: node.id } })

    const { token } = credential
    const agentVersion = `${name} ${round}`
    const beat = await client.ask('POST', `/nodes/${node.id}/heartbeat`, {
      token,
      body: { agentVersion, hostname: 'h' },
    })
    if (beat.status !== 202) return
    tell(audited('nodes.heartbeat.succeeded', node.id), { path: `/nodes/${node.id}`, holds: { agentVersion } })

    const order = { nodeId: node.id, recordingProfileId: 'voice-wav' }
    const started = await client.ask('POST', '/recordings', { token: owner, body: order })
    if (started.status !== 202) return
    const { data: recording, job } = started.body
    tell(audited('recordings.start.succeeded', recording.id), {
      path: `/recording-jobs/${job.id}`,
      holds: { recordingId: recording.id },
    })

    const body = new TextEncoder().encode(agentVersion.padEnd(10_000, '.'))
    await client.ask('POST', `/nodes/${node.id}/recording-jobs/claim-next-group`, { token })
    const filed = await client.ask('PUT', `/recordings/${recording.id}/cache-file`, { token, body })
    if (filed.status !== 201) return
    tell(
      audited('recordings.cache_file.attach.succeeded', recording.id),
      { path: `/recordings/${recording.id}`, holds: { status: 'cached' } },
      { path: `/recordings/${recording.id}/file`, holds: body },
      { path: `/recording-jobs/${job.id}`, holds: { status: 'completed' } },
    )
  }
}

const audited = (action: string, target: string): Fact => ({
  path: `/audit-events?action=${action}&target=${target}`,
  holds: [{ action, target: { id: target } }],
})
