import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { aJob, T0 } from '../../adapters/storage/conformance/builders.ts'
import {
  byTurn,
  claim,
  complete,
  end,
  hasLapsed,
  isOver,
  type Job,
  type JobStatus,
  jobStatuses,
  LEASE_EXPIRED,
  lapse,
  nextGroup,
  renew,
  requestStop,
  takesAudio,
} from './job.ts'

const LEASE_MS = 30_000
const job = (more: Partial<Job> = {}): Job => ({ ...aJob(), ...more })
const running = (more: Partial<Job> = {}) =>
  job({ status: 'running', startedAt: T0, leaseExpiresAt: T0 + LEASE_MS, ...more })
const statusOf = (result: ReturnType<typeof claim>) => (result.ok ? result.value.status : result.reason)

describe('a job', () => {
  test('given it is queued, when it is claimed, then it is held for the length of the lease', () => {
    const claimed = claim(job(), T0, LEASE_MS)
    expect(claimed).toMatchObject({
      ok: true,
      value: { status: 'running', claimedBy: 'node_x', startedAt: T0, leaseExpiresAt: T0 + LEASE_MS },
    })
  })

  test.each(jobStatuses.filter((status) => status !== 'queued'))('given it is %s, it cannot be claimed', (status) => {
    expect(statusOf(claim(job({ status }), T0, LEASE_MS))).toBe('job_not_claimable')
  })

  test('a sign of life holds a running job, leaves a stopping one alone, and comes too late for the rest', () => {
    expect(renew(running(), T0 + 5, LEASE_MS)).toMatchObject({
      value: { leaseExpiresAt: T0 + 5 + LEASE_MS, lastHeartbeatAt: T0 + 5 },
    })
    const stopping = running({ status: 'stop_requested' })
    expect(renew(stopping, T0 + 5, LEASE_MS)).toEqual({ ok: true, value: stopping })
    for (const status of ['queued', 'failed', 'cancelled', 'completed'] as const)
      expect(renew(job({ status }), T0, LEASE_MS).ok).toBe(false)
  })

  test('a lease that reaches the end of the capture reaches well beyond it: rendering and uploading send no beat', () => {
    // The capture lasts a minute.
    expect(renew(running(), T0 + 29_000, LEASE_MS)).toMatchObject({ value: { leaseExpiresAt: T0 + 59_000 } })
    expect(renew(running(), T0 + 31_000, LEASE_MS)).toMatchObject({
      value: { leaseExpiresAt: T0 + 60_000 + 20 * LEASE_MS },
    })
    expect(renew(running(), T0 + 90_000, LEASE_MS)).toMatchObject({
      value: { leaseExpiresAt: T0 + 90_000 + 20 * LEASE_MS },
    })
  })

  test('a stop ends what nobody has claimed, and asks whoever has', () => {
    expect(requestStop(job(), T0)).toMatchObject({
      value: { status: 'cancelled', completedAt: T0, failureReason: 'controller_stop_requested' },
    })
    expect(requestStop(running(), T0)).toMatchObject({ value: { status: 'stop_requested', stopRequestedAt: T0 } })
  })

  test('the clock alone ends what is silent, and nothing else', () => {
    expect(lapse(running(), T0 + LEASE_MS - 1, LEASE_MS)).toBeUndefined()
    expect(lapse(running(), T0 + LEASE_MS, LEASE_MS)).toMatchObject({ status: 'failed', failureReason: LEASE_EXPIRED })
    const stopping = running({ status: 'stop_requested', stopRequestedAt: T0 + 5 })
    expect(lapse(stopping, T0 + LEASE_MS, LEASE_MS)).toBeUndefined()
    expect(lapse(stopping, T0 + 5 + LEASE_MS, LEASE_MS)).toMatchObject({
      status: 'cancelled',
      failureReason: 'stop_request_lease_expired',
    })
    for (const status of ['queued', 'failed', 'cancelled', 'completed'] as const)
      expect(lapse(job({ status }), T0 + 1e12, LEASE_MS)).toBeUndefined()
  })

  test('late audio makes whole what only the lease had ended', () => {
    const late = complete(running({ status: 'failed', failureReason: LEASE_EXPIRED, completedAt: T0 }), T0 + 9)
    expect(late).toMatchObject({ ok: true, value: { status: 'completed', completedAt: T0 + 9 } })
    expect(late.ok && 'failureReason' in late.value).toBe(false)
    expect(takesAudio(job({ status: 'failed', failureReason: 'agent_failed' }))).toBe(false)
    expect(takesAudio(job({ status: 'cancelled' }))).toBe(false)
  })

  test('whatever is done to it, an end stands: it changes once, and only audio that comes later than the clock allowed changes it again', () => {
    const deeds: Record<string, (job: Job, at: number) => Job | undefined> = {
      claim: (each, at) => made(claim(each, at, LEASE_MS)),
      renew: (each, at) => made(renew(each, at, LEASE_MS)),
      stop: (each, at) => made(requestStop(each, at)),
      fail: (each, at) => made(end(each, 'failed', 'agent_failed', at)),
      cancel: (each, at) => made(end(each, 'cancelled', 'agent_cancelled', at)),
      complete: (each, at) => made(complete(each, at)),
      lapse: (each, at) => lapse(each, at, LEASE_MS),
    }
    const steps = fc.array(
      fc.tuple(fc.constantFrom(...Object.keys(deeds)), fc.integer({ min: 0, max: 2 * LEASE_MS })),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(steps, (story) => {
        let now = T0
        let at = job()
        for (const [deed, later] of story) {
          now += later
          const before = at
          at = deeds[deed]?.(before, now) ?? before
          const revived = hasLapsed(before) && at.status === 'completed'
          if (isOver(before) && !revived) expect(at).toEqual(before)
          expect(isOver(at)).toBe(at.completedAt !== undefined)
          expect(order(at.status)).toBeGreaterThanOrEqual(order(before.status))
        }
      }),
      { numRuns: 2000 },
    )
  })
})

const made = (result: ReturnType<typeof claim>) => (result.ok ? result.value : undefined)
const order = (status: JobStatus) =>
  status === 'queued' ? 0 : status === 'running' ? 1 : status === 'stop_requested' ? 2 : 3

describe('the queue', () => {
  const queued = (id: string, createdAt: number, command: object = {}) =>
    job({ id: id as never, createdAt, command: { ...aJob().command, ...command } })

  test('first ordered, first claimed; tracks of one group in their own order', () => {
    const queue = [
      queued('c', 3),
      queued('b', 2, { trackGroupId: 't', trackIndex: 1 }),
      queued('a', 2, { trackGroupId: 't', trackIndex: 2 }),
      queued('d', 1),
    ]
    expect(queue.toSorted(byTurn).map(({ id }) => id as string)).toEqual(['d', 'b', 'a', 'c'])
  })

  test('the first brings its capture group along, and one without a group comes alone', () => {
    const [a, b, c] = [queued('a', 1, { captureGroupId: 'g' }), queued('b', 2), queued('c', 3, { captureGroupId: 'g' })]
    expect(nextGroup([a, b, c])).toEqual([a, c])
    expect(nextGroup([b, a, c])).toEqual([b])
    expect(nextGroup([])).toEqual([])
  })
})
