import type { Pace } from '../pace.ts'
import type { Runtime } from '../stage/runtimes.ts'
import { closedLoop } from './closed-loop.ts'
import { atLeast, type Row } from './row.ts'

/** Parsed, validated, and answered in full. */
export const frames = (pace: Pace): readonly Row[] => [
  narrowFrames(pace),
  closedLoop(
    {
      number: '5',
      says: 'meter frames, 32 channels',
      workload: 'wideFrame',
      answers: 'frame',
      fleet: 'small',
      connections: 16,
      ratio: atLeast(0.62, 0.78),
    },
    pace,
  ),
]

export const narrowFrames = (pace: Pace, runtime?: Runtime): Row =>
  closedLoop(
    {
      number: '4',
      says: 'meter frames, 8 channels',
      workload: 'frame',
      answers: 'frame',
      fleet: 'small',
      connections: 16,
      ...(runtime && { runtime }),
      ratio: atLeast(0.6, 0.72),
    },
    pace,
  )
