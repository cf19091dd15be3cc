import { reportHealthEvent } from '../../core/health/operations.ts'
import { ingestMeterFrame, readMeters } from '../../core/meters/operations.ts'
import { capacityOf } from '../../core/nodes/node.ts'
import {
  enrollNode,
  heartbeatNode,
  listNodes,
  readChannelMapAssignments,
  readNode,
  readNodeConfig,
  reconcileInventory,
} from '../../core/nodes/operations.ts'
import { pageMeta } from '../../core/page.ts'
import { iso } from '../../core/time.ts'
import { chunkRoute } from './chunk-route.ts'
import { healthEventReply, report } from './health-reply.ts'
import { frameReply } from './meter-reply.ts'
import { meterFrame } from './meter-schemas.ts'
import { credentialReply, nodeJson, nodeReply, nodesJson } from './node-reply.ts'
import { enrolment, heartbeat, inventory, nodeFilter } from './node-schemas.ts'
import { get, post, type Route } from './route.ts'
import { ofNode } from './schemas.ts'

export const nodeRoutes: readonly Route[] = [
  get('/nodes', listNodes, {
    input: nodeFilter,
    wording: 'Invalid node filters',
    body: ({ page, found }) => nodesJson(found.items, pageMeta(page, found)),
  }),
  post('/nodes/enroll', enrollNode, {
    input: enrolment,
    status: 201,
    wording: 'Invalid node enrollment',
    reply: ({ credential, token, ...node }) => ({
      credential: credentialReply(credential, token),
      node: nodeReply(node),
    }),
    headers: () => ({ 'cache-control': 'no-store' }),
  }),
  get('/nodes/:nodeId', readNode, { input: ofNode, reply: nodeReply }),
  get('/nodes/:nodeId/meters', readMeters, { input: ofNode, reply: frameReply }),

  post('/nodes/:nodeId/inventory', reconcileInventory, {
    input: inventory,
    status: 202,
    reply: ({ changed, summary, ...node }) => ({ changed, node: nodeReply(node), summary }),
  }),
  post('/nodes/:nodeId/heartbeat', heartbeatNode, { input: heartbeat, status: 202, body: nodeJson }),
  get('/nodes/:nodeId/config', readNodeConfig, {
    input: ofNode,
    reply: (node) => ({
      ...(node.audioDefaults && { audioDefaults: node.audioDefaults }),
      monitorEnhancement: { engine: 'deepfilternet3', requested: false },
      // Never null: an agent cannot read that.
      recorderCachePolicies: [],
      recordingCapacity: { maxConcurrentRecordings: capacityOf(node) },
    }),
  }),
  get('/nodes/:nodeId/channel-map-assignments', readChannelMapAssignments, { input: ofNode }),
  post('/nodes/:nodeId/health-events', reportHealthEvent, {
    input: report,
    status: 201,
    wording: 'Invalid node health event',
    reply: healthEventReply,
  }),
  chunkRoute,
  post('/nodes/:nodeId/meter-frame', ingestMeterFrame, {
    input: meterFrame,
    status: 202,
    besides: (_, text) => ({ text }),
    // The frame was found valid as it came, so its own bytes are the answer's.
    body: ({ text, receivedAt }) => `{"data":{"frame":${text},"receivedAt":"${iso(receivedAt)}"}}`,
  }),
]
