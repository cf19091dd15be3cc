import { AGENT_VERSION, type Identity } from '../node/inventory.ts'
import { type Answer, type Call, callOf, type Fetch } from './call.ts'

export interface Operator {
  readonly email: string
  readonly password: string
}

export interface Enrolled {
  readonly nodeId: string
  readonly token: string
}

/** Signs in as an operator, as the console would; the calls are then made in its name. Throws what the controller says. */
export async function signIn(fetch: Fetch, url: string, { email, password }: Operator): Promise<Call> {
  return callOf(fetch, url, await sessionOf(fetch, url, { email, password }))
}

/** The bearer of a session of its own. */
export async function sessionOf(fetch: Fetch, url: string, { email, password }: Operator): Promise<string> {
  return textOf(await ask(callOf(fetch, url), '/auth/login', { email, password }), 'token')
}

/** Enrols a node each, one after the other; when the signal falls, no more of them. */
export async function enroll(call: Call, identities: readonly Identity[], signal: AbortSignal): Promise<Enrolled[]> {
  const enrolled: Enrolled[] = []
  for (const { alias, hostname, site, roomName } of identities) {
    if (signal.aborted) break
    const node = await ask(call, '/nodes/enroll', {
      alias,
      hostname,
      agentVersion: AGENT_VERSION,
      location: { site, room: roomName },
      // The inventory at boot tells of the device.
      interfaces: [],
    }).catch((error: Error) => {
      throw new Error(`${alias} was not enrolled (${enrolled.length} of ${identities.length} were): ${error.message}`)
    })
    enrolled.push({ nodeId: textOf(node, 'node', 'id'), token: textOf(node, 'credential', 'token') })
  }
  return enrolled
}

/** One thing that must succeed. */
export async function ask(call: Call, path: string, json: object): Promise<unknown> {
  const answer: Answer = await call({ method: 'POST', path, json })
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.error}`)
  return answer.data
}

export function textOf(data: unknown, ...path: readonly string[]): string {
  let found: unknown = data
  for (const name of path) found = (found as Readonly<Record<string, unknown>> | null | undefined)?.[name]
  if (typeof found !== 'string') throw new Error(`the controller's answer has no ${path.join('.')}`)
  return found
}
