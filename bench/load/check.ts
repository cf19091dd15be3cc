import { type Target, type WorkloadName, workloads } from '../workloads.ts'
import type { Answer } from './http-client.ts'

/** What an answer has to be. */
export interface Expected {
  readonly workload: WorkloadName
  /** What answers: a controller says of the node what it knows, the yardstick always the same. */
  readonly answers: 'controller' | 'yardstick'
  /** How long an answer is, give or take a tenth; NaN where that is no matter. */
  readonly replyBytes: number
}

export interface Sent {
  readonly target: Target | undefined
  readonly variant: number
}

/** What is wrong with an answer. Status and length are always looked at; its content where it is said what was sent. */
export function faultOf(expected: Expected, { status, body }: Answer, sent: Sent | undefined): string | undefined {
  const { workload, answers, replyBytes } = expected
  const off = Math.abs(body.length - replyBytes)
  if (status !== workloads[workload].status || off > replyBytes / 10)
    return `${status}, ${body.length} bytes: ${body.toString('utf8', 0, 200)}`
  if (sent === undefined || body.length === 0 || workload === 'probe') return undefined
  const { data } = JSON.parse(body.toString('utf8'))
  const right =
    answers === 'yardstick'
      ? data?.id === 'yardstick'
      : sent.target !== undefined && isAnswered(workload, sent.target.nodeId, sent.variant, data)
  return right ? undefined : `not what was asked for: ${body.toString('utf8', 0, 200)}`
}

export const isAnswered = (workload: WorkloadName, nodeId: string, variant: number, data: unknown): boolean =>
  typeof data === 'object' && data !== null && workloads[workload].shows(data as never, nodeId, variant)
