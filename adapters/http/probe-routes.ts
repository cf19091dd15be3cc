import type { Storage } from '../../core/ports/storage.ts'
import { iso } from '../../core/time.ts'
import { json } from './reply.ts'
import type { Route } from './route.ts'

export interface Identity {
  readonly startedAt: number
  readonly version: string
}

/** Whether the process serves, whatever its database does. Nobody is asked who they are, and nothing is recorded. */
export const healthz = ({ startedAt, version }: Identity): Response =>
  json({ ok: true, service: 'roomtone', startedAt: iso(startedAt), version }, 200, { 'cache-control': 'no-store' })

const READY_WITHIN_MS = 3_000

/** Whether its database answers, too. */
async function readyz({ startedAt, version }: Identity, storage: Storage): Promise<Response> {
  const ready = await within(storage.ping(), READY_WITHIN_MS)
  const body = {
    ok: ready,
    database: ready ? 'ready' : 'unreachable',
    service: 'roomtone',
    startedAt: iso(startedAt),
    version,
  }
  return json(body, ready ? 200 : 503, { 'cache-control': 'no-store' })
}

async function within(answer: Promise<void>, ms: number): Promise<boolean> {
  let late: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<boolean>((resolve) => {
    late = setTimeout(() => resolve(false), ms)
  })
  const answered = answer.then(
    () => true,
    () => false,
  )
  return Promise.race([answered, tooLate]).finally(() => clearTimeout(late))
}

export const probeRoutes = (identity: Identity): readonly Route[] => [
  { method: 'GET', path: '/healthz', status: 200, operations: [], answer: async () => healthz(identity) },
  {
    method: 'GET',
    path: '/readyz',
    status: 200,
    operations: [],
    answer: (_, { storage }) => readyz(identity, storage),
  },
]
