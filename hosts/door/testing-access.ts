import type { AccessPolicy } from '../../core/access/rule.ts'
import type { Answer, TestRoom } from './testing-room.ts'

/** Found in no answer and in no trail, or something is wrong. */
export const CANARY = 'canary-password-Zq7!'
export const OTHER_CANARY = 'second-canary-Xw9?'

// biome-ignore lint/suspicious/noExplicitAny: what an entry holds is what the test is about
type Entry = Record<string, any>

/** What administrators do in a room, signed in as its owner or with another token. */
export class Administrator {
  readonly #room: TestRoom
  readonly token: string

  private constructor(room: TestRoom, token: string) {
    this.#room = room
    this.token = token
  }

  static async of(room: TestRoom): Promise<Administrator> {
    return new Administrator(room, await room.signIn())
  }

  as(token: string): Administrator {
    return new Administrator(this.#room, token)
  }

  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.#room.ask(method, path, { token: this.token, ...(body !== undefined && { body }) })
  }

  async get(path: string): Promise<Answer['body']> {
    return (await this.ask('GET', path)).body
  }

  create(email: string, more: object = {}): Promise<Answer> {
    return this.ask('POST', '/auth/users', { email, name: 'Ada', password: CANARY, roles: ['viewer'], ...more })
  }

  /** A user by its id. */
  async made(email: string, more: object = {}): Promise<string> {
    return (await this.create(email, more)).body.data.id
  }

  async self(): Promise<string> {
    return (await this.get('/auth/me')).data.id
  }

  /** Newest first. */
  async entries(query: string): Promise<readonly Entry[]> {
    return (await this.get(`/audit-events?limit=500&${query}`)).data
  }

  trail(query: string): Promise<string[]> {
    return this.#room.trail(this.token, query)
  }

  /** Lays these policies down in place of all others. */
  policies(list: readonly Omit<AccessPolicy, 'id'>[]): Promise<void> {
    const { live, storage } = this.#room.room.world
    const policies = list.map((each, i) => ({ ...each, id: `policy_${i}` }) as AccessPolicy)
    return storage.commit({ policyBooks: [{ ...live.policyBook, policies }] })
  }
}
