import type { Answer, TestRoom } from './testing-room.ts'

/** A browser on its way, step by step. It follows where it is sent, and keeps one cookie. */
export class Browser {
  readonly #room: TestRoom
  cookie = ''

  constructor(room: TestRoom) {
    this.#room = room
  }

  /** To the controller, which sends it to the provider. */
  async depart(returnTo = '/recordings'): Promise<Answer> {
    const answer = await this.#room.ask('GET', `/auth/oidc/login?returnTo=${encodeURIComponent(returnTo)}`)
    this.cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
    return answer
  }

  /** To the provider, which sends it back; the query it comes back with. */
  async visit(away: Answer): Promise<string> {
    const answer = await fetch(away.headers.get('location') ?? '', { redirect: 'manual' })
    return new URL(answer.headers.get('location') ?? '').search
  }

  comeBack(query: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#room.ask('GET', `/auth/oidc/callback${query}`, { headers: { cookie: this.cookie, ...headers } })
  }

  /** All the way; what it is answered at the end. */
  async signIn(headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.comeBack(await this.visit(await this.depart()), headers)
  }
}

/** What the console finds in its address. */
export const fragmentOf = ({ headers }: Answer): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(new URL(headers.get('location') ?? 'about:blank').hash.slice(1)))
