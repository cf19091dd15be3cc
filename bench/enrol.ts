import type { Account } from './controller.ts'
import { type Target, type WorkloadName, workloads } from './payloads.ts'

const ENROLLED_AT_ONCE = 16

/** The fleet, by the door that everyone uses. */
export async function enrol(url: string, account: Account, count: number): Promise<readonly Target[]> {
  const { token } = await post(`${url}/api/v1/auth/login`, account)
  const targets: Target[] = []
  while (targets.length < count) {
    const several = Array.from({ length: Math.min(ENROLLED_AT_ONCE, count - targets.length) }, async (_, i) => {
      const { credential } = await post(`${url}/api/v1/nodes/enroll`, recorder(targets.length + i + 1), token)
      return { nodeId: credential.nodeId, token: credential.token }
    })
    targets.push(...(await Promise.all(several)))
  }
  return targets
}

/** How long the answers are, so that the yardstick's can be as long. */
export async function replyBytesOf(url: string, target: Target): Promise<Readonly<Record<WorkloadName, number>>> {
  const bytesOf = async (workload: WorkloadName) => {
    const { path, body } = workloads[workload]
    const answer = await posted(url + path(target.nodeId), body(target.nodeId, 0), target.token)
    return (await answer.bytes()).length
  }
  return { heartbeat: await bytesOf('heartbeat'), frame: await bytesOf('frame') }
}

async function post(url: string, body: object, token?: string) {
  return (await (await posted(url, body, token)).json()).data
}

async function posted(url: string, body: object, token?: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`POST ${url}: ${answer.status} ${await answer.text()}`)
  return answer
}

const recorder = (number: number) => ({
  alias: `Bench ${number}`,
  hostname: 'recorder-01',
  location: { site: 'Bench', room: `Room ${number}` },
  interfaces: [
    {
      alias: 'Ceiling array',
      backend: 'alsa',
      channelCount: 8,
      systemName: 'USB Audio Array',
      systemRef: 'alsa:hw:1,0',
      sampleRates: [48000],
    },
  ],
})
