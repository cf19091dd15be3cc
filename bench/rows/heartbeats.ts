import { closedLoop } from '../closed-loop.ts'
import type { Row } from './row.ts'

/** Durable before the answer, and audited. */
export const heartbeats: readonly Row[] = [
  closedLoop({
    number: '1',
    name: 'heartbeats, 50 nodes, 16 connections',
    workload: 'heartbeat',
    nodes: 50,
    connections: 16,
    target: 0.28,
    targetWithDatabase: 0.18,
  }),
  closedLoop({
    number: '2',
    name: 'heartbeats, 1,000 nodes, 256 connections',
    workload: 'heartbeat',
    nodes: 1000,
    connections: 256,
    target: 0.36,
  }),
]
