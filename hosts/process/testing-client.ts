import type { Answer, Asking } from '../door/testing-room.ts'

const PROBES = ['/healthz', '/readyz']
export const OWNER_EMAIL = 'owner@roomtone.local'

/** Speaks to a host over the network, as agents and consoles do. */
export class TestClient {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  async ask(method: string, path: string, { token, body, headers }: Asking = {}) {
    const response = await fetch(this.url + (PROBES.includes(path) ? path : `/api/v1${path}`), {
      method,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
      ...(body !== undefined && { body: isRaw(body) ? body : JSON.stringify(body) }),
    })
    const bytes = await response.bytes()
    const isJson = response.headers.get('content-type') === 'application/json' && bytes.length > 0
    const read = isJson ? JSON.parse(new TextDecoder().decode(bytes)) : undefined
    const answer: Answer = { status: response.status, headers: response.headers, body: read }
    return { ...answer, bytes }
  }

  async signIn(password: string): Promise<string> {
    const answer = await this.ask('POST', '/auth/login', { body: { email: OWNER_EMAIL, password } })
    return answer.body.data.token
  }

  enrol(owner: string, more: object = {}) {
    const body = { alias: 'Hall', hostname: 'h', location: { site: 's', room: 'r' }, ...more }
    return this.ask('POST', '/nodes/enroll', { token: owner, body })
  }

  /** A node with a job that it has claimed. */
  async captured(owner: string) {
    const { node, credential } = (await this.enrol(owner)).body.data
    const order = { nodeId: node.id, recordingProfileId: 'voice-wav' }
    const started = (await this.ask('POST', '/recordings', { token: owner, body: order })).body
    const token: string = credential.token
    const claimed = await this.ask('POST', `/nodes/${node.id}/recording-jobs/claim-next-group`, { token })
    const [job] = claimed.body.data
    return { nodeId: node.id as string, token, recordingId: started.data.id as string, job }
  }
}

const isRaw = (body: unknown): body is Uint8Array<ArrayBuffer> => body instanceof Uint8Array
