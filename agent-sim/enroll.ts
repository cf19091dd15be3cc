import { type Answer, type Call, callOf, type Fetch } from './call.ts'
import { AGENT_VERSION, type Identity } from './inventory.ts'

export interface EnrollOptions {
  readonly fetch: Fetch
  readonly url: string
  readonly email: string
  readonly password: string
  readonly identity: Identity
}

export interface Enrolled {
  readonly nodeId: string
  readonly token: string
}

/** Signs in as an operator and enrols a new node, as the console would. Throws with the controller's answer when refused. */
export async function enroll({ fetch, url, email, password, identity }: EnrollOptions): Promise<Enrolled> {
  const { alias, hostname, site, roomName } = identity
  const session = await ask(callOf(fetch, url), '/auth/login', { email, password })
  const enrolled = await ask(callOf(fetch, url, textOf(session, 'token')), '/nodes/enroll', {
    alias,
    hostname,
    agentVersion: AGENT_VERSION,
    location: { site, room: roomName },
    // The inventory at boot tells of the device.
    interfaces: [],
  })
  return { nodeId: textOf(enrolled, 'node', 'id'), token: textOf(enrolled, 'credential', 'token') }
}

async function ask(call: Call, path: string, json: object): Promise<unknown> {
  const answer: Answer = await call({ method: 'POST', path, json })
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.error}`)
  return answer.data
}

function textOf(data: unknown, ...path: readonly string[]): string {
  let found: unknown = data
  for (const name of path) found = (found as Readonly<Record<string, unknown>> | null | undefined)?.[name]
  if (typeof found !== 'string') throw new Error(`the controller's answer has no ${path.join('.')}`)
  return found
}
