import { type Target, type WorkloadName, workloads } from '../workloads.ts'
import type { Account } from './controller.ts'

const ENROLLED_AT_ONCE = 16

/** A session. */
export async function signIn(url: string, account: Account): Promise<string> {
  return (await post(`${url}/api/v1/auth/login`, account)).token
}

/** Which of the fleet, and how many channels each of them has. */
interface Span {
  readonly from?: number
  readonly to: number
  readonly channels?: number
}

/** More of the fleet, by the door that everyone uses; every second node stands at another site. */
export async function enrol(
  url: string,
  session: string,
  { from = 0, to, channels = 8 }: Span,
): Promise<readonly Target[]> {
  const targets: Target[] = []
  for (let next = from; next < to; next += ENROLLED_AT_ONCE) {
    const several = Array.from({ length: Math.min(ENROLLED_AT_ONCE, to - next) }, async (_, i) => {
      const { credential } = await post(`${url}/api/v1/nodes/enroll`, recorder(next + i + 1, channels), session)
      return { nodeId: credential.nodeId, token: credential.token }
    })
    targets.push(...(await Promise.all(several)))
  }
  return targets
}

/** How long an answer is, so that the yardstick's can be as long. */
export async function replyBytesOf(url: string, workload: WorkloadName, { nodeId, token }: Target): Promise<number> {
  const { method, path, body } = workloads[workload]
  const answer = await asked(method, url + path(nodeId), body?.(nodeId, 0), token)
  return (await answer.bytes()).length
}

export async function post(url: string, body: object, token?: string) {
  return (await (await asked('POST', url, body, token)).json()).data
}

export async function asked(method: string, url: string, body: object | undefined, token?: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
  return answer
}

const recorder = (number: number, channelCount: number) => ({
  alias: `Bench ${number}`,
  hostname: 'recorder-01',
  location: { site: number % 2 === 0 ? 'North' : 'South', room: `Room ${number}` },
  interfaces: [
    {
      alias: 'Ceiling array',
      backend: 'alsa',
      channelCount,
      systemName: 'USB Audio Array',
      systemRef: 'alsa:hw:1,0',
      sampleRates: [48000],
    },
  ],
})
