import type { OfNode } from '../nodes/operations.ts'
import { operation } from '../operation.ts'
import { ok, refuse } from '../result.ts'
import { iso } from '../time.ts'
import type { MeterFrame } from './meter-frame.ts'

/** A frame, with its own JSON where it came as that. */
export interface ToldFrame extends MeterFrame {
  readonly text?: string
}

/** Writes nothing durable: the latest frames are live, and the audit counts it in the node's window of counting. */
export const ingestMeterFrame = operation({
  audience: 'node',
  permission: 'node:control',
  audit: 'nodes.meter_frame.ingest',
  target: { type: 'node', param: 'nodeId' },
  fold: 'telemetry',

  run(frame: ToldFrame, { live, mark }) {
    const { nodeId, interfaceId, capturedAt, levels, text = JSON.stringify(frame) } = frame
    if (!live.nodes.has(nodeId)) return refuse('not_found', 'node_not_found')
    const receivedAt = mark.at
    live.hearFrame({ frame, receivedAt }, text)
    return ok({ value: { text, receivedAt }, details: { capturedAt, interfaceId, levelCount: levels.length } })
  },
})

/** The latest frame, however old, with the time it was captured; never invented levels. */
export const readMeters = operation({
  audience: 'user',
  permission: 'node:read',
  audit: 'meters.read',
  target: { type: 'node', param: 'nodeId' },
  fold: 'read',

  run({ nodeId }: OfNode, { live, mark }) {
    const node = live.nodes.get(nodeId)
    if (!node) return refuse('not_found', 'node_not_found')
    const interfaceId = node.interfaces[0]?.id ?? ''
    const empty: MeterFrame = { nodeId, interfaceId, capturedAt: iso(mark.at), levels: [] }
    const frame = live.frameOf(nodeId) ?? empty
    return ok({ value: frame, details: { interfaceId: frame.interfaceId, levelCount: frame.levels.length } })
  },
})
