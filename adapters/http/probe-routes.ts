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

export const probeRoutes = (identity: Identity): readonly Route[] => [
  { method: 'GET', path: '/healthz', status: 200, operations: [], answer: async () => healthz(identity) },
]
