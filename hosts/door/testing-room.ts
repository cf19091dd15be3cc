import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diskMedia } from '../../adapters/media/disk.ts'
import { ffmpegDecoder } from '../../adapters/media/ffmpeg.ts'
import { openMemory } from '../../adapters/storage/memory/open.ts'
import type { Role } from '../../core/access/permission.ts'
import type { Grant } from '../../core/access/rule.ts'
import type { User } from '../../core/access/user.ts'
import type { JobId, RecordingId, UserId } from '../../core/ids.ts'
import type { Listener, Storage } from '../../core/ports/storage.ts'
import { type Fetch, mount } from '../elysia.ts'
import { type Parts, type Roomtone, roomtone } from '../roomtone.ts'

import { Elsewhere } from './testing-elsewhere.ts'

export type OpenStorage = (listener: Listener) => Storage | Promise<Storage>

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what the test is about
  readonly body: any
}

export interface Asking {
  readonly token?: string | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export const testKey = { secret: 'a key that only the tests sign with' }
export const OWNER = { email: 'owner@example.org', name: 'Owner', password: 'owner password' }

export const settings = {
  leaseMs: 30_000,
  offlineAfterSeconds: 120,
  captureSeconds: 60,
  adhocChunkSeconds: 60,
  uploadBytesMax: 1_000_000,
}

/** A whole controller in this process, asked through the `fetch` that a host would serve. */
export class TestRoom {
  readonly room: Roomtone
  readonly clock: { at: number }
  readonly fetch: Fetch
  readonly elsewhere: Elsewhere
  readonly #folder: string

  private constructor(room: Roomtone, clock: { at: number }, folder: string, elsewhere: Elsewhere) {
    this.room = room
    this.elsewhere = elsewhere
    this.clock = clock
    this.#folder = folder
    this.fetch = mount(room.handler)
  }

  static async open(storage: OpenStorage = openMemory, more: Partial<Parts> = {}): Promise<TestRoom> {
    const folder = await mkdtemp(join(tmpdir(), 'roomtone-room-'))
    const clock = { at: Date.now() }
    const media = await diskMedia(folder, { decoder: ffmpegDecoder() })
    const owner = { ...OWNER, password: async () => OWNER.password }
    const ticketKeys = [testKey]
    const provider = new Elsewhere()
    const parts = { storage, media, owner, ticketKeys, settings, provider, now: () => clock.at }
    return new TestRoom(await roomtone({ ...parts, ...more }), clock, folder, provider)
  }

  async ask(method: string, path: string, { token, body, headers }: Asking = {}): Promise<Answer> {
    const url = path.startsWith('/api') || path === '/healthz' ? path : `/api/v1${path}`
    const response = await this.fetch(
      new Request(`http://localhost${url}`, {
        method,
        headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
        ...(body !== undefined && { body: isRaw(body) ? body : JSON.stringify(body) }),
      }),
    )
    const text = await response.text()
    const isJson = response.headers.get('content-type') === 'application/json' && text !== ''
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
  }

  async signIn(email = OWNER.email, password = OWNER.password): Promise<string> {
    return (await this.ask('POST', '/auth/login', { body: { email, password } })).body.data.token
  }

  /** Makes a user as a later family of routes will, and signs it in. */
  async user(roles: readonly Role[], grants: readonly Grant[] = []): Promise<{ token: string; user: User }> {
    const { passwords } = this.room.world
    const id = crypto.randomUUID() as UserId
    const user: User = {
      id,
      version: 0,
      email: `${id}@example.org`,
      name: roles.join(),
      provider: 'local',
      passwordHash: await passwords.hash('a password'),
      roles,
      groupIds: [],
      grants,
      createdAt: this.clock.at,
    }
    await this.room.world.storage.commit({ users: [user] })
    return { token: await this.signIn(user.email, 'a password'), user }
  }

  async enrol(owner: string, more: object = {}): Promise<{ nodeId: string; token: string; body: Answer['body'] }> {
    const desk = { alias: 'Desk', backend: 'alsa', channelCount: 2, systemName: 'USB Desk', systemRef: 'alsa:hw:1,0' }
    const location = { site: 'North', room: 'Hall 1' }
    const body = { alias: 'Hall', hostname: 'rec', location, interfaces: [desk], ...more }
    const answer = await this.ask('POST', '/nodes/enroll', { token: owner, body })
    const { credential } = answer.body.data
    return { nodeId: credential.nodeId, token: credential.token, body: answer.body }
  }

  /** A node with a job that it has claimed, and what the agent and the owner then do and see. */
  async captured(order: object = {}) {
    const owner = await this.signIn()
    const { nodeId, token } = await this.enrol(owner)
    const body = { nodeId, recordingProfileId: 'voice-wav', ...order }
    const started = (await this.ask('POST', '/recordings', { token: owner, body })).body
    await this.ask('POST', `/nodes/${nodeId}/recording-jobs/claim-next-group`, { token })
    const [jobId, recordingId]: [JobId, RecordingId] = [started.job.id, started.data.id]
    const see = async (path: string) => (await this.ask('GET', path, { token: owner })).body.data
    return {
      owner,
      nodeId,
      token,
      jobId,
      recordingId,
      see,
      job: () => see(`/recording-jobs/${jobId}`),
      recording: () => see(`/recordings/${recordingId}`),
      put: (body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}, query = '') =>
        this.ask('PUT', `/recordings/${recordingId}/cache-file${query}`, {
          token,
          body,
          headers: { 'content-type': 'audio/wav', 'x-rakkr-recording-job-id': jobId, ...headers },
        }),
      post: (path: string, headers = {}) => this.ask('POST', `/recording-jobs/${jobId}/${path}`, { token, headers }),
      stop: () => this.ask('POST', `/recordings/${recordingId}/stop`, { token: owner }),
      /** The bytes of it, as a player would have them. */
      read: async (headers: Record<string, string> = {}) => {
        const url = `http://localhost/api/v1/recordings/${recordingId}/stream`
        const answer = await this.fetch(new Request(url, { headers: { authorization: `Bearer ${owner}`, ...headers } }))
        return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) }
      },
    }
  }

  /** Time goes by, and the lease runner looks; how many jobs it found lapsed. */
  async later(ms: number): Promise<number | undefined> {
    this.clock.at += ms
    return this.room.runners.find(({ name }) => name === 'lease')?.tick(this.room.world, this.clock.at)
  }

  /** What the audit says of an action or a target, oldest first: `action outcome reason`. */
  async trail(owner: string, query: string): Promise<string[]> {
    const answer = await this.ask('GET', `/audit-events?limit=500&${query}`, { token: owner })
    const words = ({ action, outcome, reason }: Record<string, string>) => [action, outcome, reason]
    return answer.body.data.map((entry: Record<string, string>) => words(entry).filter(Boolean).join(' ')).reverse()
  }

  async close(): Promise<void> {
    await this.room.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

const isRaw = (body: unknown): body is string | Uint8Array<ArrayBuffer> =>
  typeof body === 'string' || body instanceof Uint8Array
