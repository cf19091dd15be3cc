import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type AddressInfo, connect as connectTo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { reset } from '@logtape/logtape'
import { ed25519Notary, freshSealKey } from '../../adapters/identity/notary.ts'
import { openMemory } from '../../adapters/storage/memory/open.ts'
import { type Address, connect } from '../../adapters/storage/postgres/client.ts'
import { openPostgres } from '../../adapters/storage/postgres/open.ts'
import { nameOf, ourRoutes } from '../contract/routes.ts'
import { startLogging } from '../log.ts'
import { type Answer, type OpenStorage, OWNER, TestRoom, testKey } from './testing-room.ts'
import { type Sample, samplesIn } from './testing-samples.ts'
import { exported, seal } from './testing-seals.ts'
import { freshDatabases } from './testing-storages.ts'

setDefaultTimeout(60_000)

const PASSWORDS = { ofDatabase: 'canary-of-the-database', wrong: 'canary-of-a-wrong-sign-in' }
const database = freshDatabases()

/** A storage, and the ways in which it is lost, the worst last. */
interface Losable {
  readonly open: OpenStorage
  readonly losses: readonly (() => Promise<unknown>)[]
}

const storages: readonly (readonly [string, () => Promise<Losable>])[] = [
  ['memory', async () => ({ open: openMemory, losses: [] })],
  [
    'postgres',
    async () => {
      const address = await database()
      const { relayed, close } = await relayTo(address)
      return { open: (listener) => openPostgres(relayed, listener), losses: [() => drop(address), close] }
    },
  ],
]

/** The same database by another way, which can be closed; and with a password that a server of the tests does not ask for. */
async function relayTo(address: Address) {
  const url = typeof address === 'string' ? new URL(address) : undefined
  const server =
    typeof address === 'string'
      ? { host: url?.hostname ?? '', port: Number(url?.port || 5432) }
      : { path: join(address.host, `.s.PGSQL.${address.port}`) }
  const open = new Set<Socket>()
  const relay = createServer((from) => {
    const to = connectTo(server)
    for (const each of [from, to]) open.add(each.on('error', () => {}))
    from.pipe(to).pipe(from)
  })
  await new Promise<void>((listening) => relay.listen(0, '127.0.0.1', listening))
  relay.unref()
  const { port } = relay.address() as AddressInfo
  const password = PASSWORDS.ofDatabase
  if (url) Object.assign(url, { hostname: '127.0.0.1', port: String(port), password })
  const relayed = url?.href ?? { ...(address as Exclude<Address, string>), host: '127.0.0.1', port }
  const close = async () => {
    for (const each of open) each.destroy()
    relay.close()
  }
  return { relayed, close }
}

async function drop(address: Address): Promise<void> {
  const name = typeof address === 'string' ? new URL(address).pathname.slice(1) : address.database
  const elsewhere =
    typeof address === 'string' ? address.replace(name, 'postgres') : { ...address, database: 'postgres' }
  const admin = connect(elsewhere, { max: 1 })
  await admin.unsafe(`drop database ${name} with (force)`)
  await admin.end()
}

/** Members that hold a secret, wherever they stand in what is sent or answered. */
const SECRET = /password|secret|^token$|verifier/i

function* secretsIn(value: unknown, name = ''): Generator<string> {
  if (typeof value === 'string') {
    // A path to where one is set is none.
    if (SECRET.test(name) && !value.startsWith('/api/')) yield value
    const ticket = /[?&#](?:ticket|rakkr_token)=([^&#]+)/.exec(value)?.[1]
    if (ticket !== undefined) yield ticket
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) yield* secretsIn(member, key)
  }
}

/** Every secret that has been sent, issued or kept, and where each has shown itself when nobody had asked for it. */
class Canaries {
  readonly secrets = new Set<string>()
  readonly leaks: string[] = []
  readonly log: string[] = []
  readonly #room: TestRoom

  constructor(room: TestRoom) {
    this.#room = room
    const ask = room.ask.bind(room)
    room.ask = async (method, path, asking = {}) => {
      if (asking.token) this.secrets.add(asking.token)
      for (const secret of secretsIn(asking.body)) this.secrets.add(secret)
      const answer = await ask(method, path, asking)
      this.seek(`${method} ${path.split('?')[0]} ${answer.status}`, answer)
      // What is issued is shown once, to whom it is issued: from here on it is looked for.
      for (const secret of secretsIn(answer.body)) this.secrets.add(secret)
      return answer
    }
  }

  /** What is kept in the place of passwords and tokens is as much of a secret. */
  addKept(): void {
    const { live } = this.#room.room.world
    for (const { passwordHash } of live.users.values()) if (passwordHash) this.secrets.add(passwordHash)
    for (const node of live.nodes.values()) {
      const hash = live.credentialOf(node.id)?.tokenHash
      if (hash) this.secrets.add(hash)
    }
  }

  seek(where: string, { body, headers }: Pick<Answer, 'body' | 'headers'>): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    this.seekIn(where, text + JSON.stringify([...headers]))
  }

  seekIn(where: string, text: string): void {
    for (const secret of this.secrets) {
      // As JSON has it as well: what is quoted within quotes is there all the same.
      if (text.includes(secret) || text.includes(JSON.stringify(secret).slice(1, -1)))
        this.leaks.push(`${where}: ${secret}`)
    }
  }
}

for (const [storage, losable] of storages) {
  describe(`no secret is shown to anyone but whom it was issued to: ${storage}`, () => {
    let room: TestRoom
    afterEach(async () => {
      await room.close()
      await reset()
    })

    test('not after a walk over every route, nor one that is refused everywhere, nor with the database gone', async () => {
      const key = freshSealKey()
      const { open, losses } = await losable()
      room = await TestRoom.open(open, { notary: ed25519Notary(key) })
      const canaries = new Canaries(room)
      await startLogging((line) => void canaries.log.push(line))
      const sealingKey = key.export({ type: 'pkcs8', format: 'der' }).toString('base64')
      for (const each of [OWNER.password, testKey.secret, sealingKey, ...Object.values(PASSWORDS)])
        canaries.secrets.add(each)

      const wrong = { email: OWNER.email, password: PASSWORDS.wrong }
      expect((await room.ask('POST', '/auth/login', { body: wrong })).status).toBe(401)
      const before = canaries.secrets.size
      const samples = await samplesIn(room)
      await walk(room, samples)
      await walk(room, samples, { token: 'canary-of-a-token' })
      const owner = await room.signIn()
      expect(canaries.secrets.size).toBeGreaterThan(before + 10)
      canaries.addKept()

      for (let offset = 0, more = true; more; offset += 500) {
        const { body } = await room.ask('GET', `/audit-events?limit=500&offset=${offset}`, { token: owner })
        more = body.meta.hasNextPage
      }
      await seal(room)
      await room.ask('GET', '/audit-events/seals?limit=500', { token: owner })
      const file = await exported(room, owner)
      expect(file.split('\n').length).toBeGreaterThan(100)

      for (const lose of losses) {
        await lose()
        await walk(room, samples, { token: owner })
      }
      canaries.seekIn('log', canaries.log.join('\n'))
      if (storage !== 'memory') {
        expect(canaries.log.join('\n')).toContain('does not exist')
        expect(canaries.log.join('\n')).toContain('out of reach')
      }
      expect([...new Set(canaries.leaks)]).toEqual([])
    })

    test('the watch is awake: what is shown unasked for is found', async () => {
      room = await TestRoom.open((await losable()).open)
      const canaries = new Canaries(room)
      const owner = await room.signIn()
      await room.enrol(owner, { alias: OWNER.password })
      expect(canaries.leaks.join()).toContain(`POST /nodes/enroll 201: ${OWNER.password}`)
      await room.enrol(owner, { alias: `"${owner}"` })
      await exported(room, owner)
      expect(canaries.leaks.join()).toContain(`GET /audit-events/export 200: ${owner}`)
    })
  })
}

/** Each route with its sample, as it is or with another word for who asks. */
async function walk(
  room: TestRoom,
  samples: ReadonlyMap<string, Sample>,
  more: { token?: string } = {},
): Promise<void> {
  for (const route of ourRoutes.filter(({ operations }) => operations.length > 0)) {
    const { path, ...asking } = samples.get(nameOf(route)) as Sample
    await room.ask(route.method, path, { ...asking, ...more })
  }
}
