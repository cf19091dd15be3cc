import { closedLoop } from '../closed-loop.ts'
import type { Row } from './row.ts'

/** Parsed, validated, and answered in full. */
export const frames: readonly Row[] = [
  closedLoop({
    number: '4',
    name: 'meter frames, 8 channels, 50 nodes',
    workload: 'frame',
    nodes: 50,
    connections: 16,
    target: 0.6,
  }),
]
