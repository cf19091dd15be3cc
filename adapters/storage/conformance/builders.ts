import type { PendingLogin } from '../../../core/access/pending-login.ts'
import type { Session } from '../../../core/access/session.ts'
import type { Group, User } from '../../../core/access/user.ts'
import type { AuditEntry } from '../../../core/audit/entry.ts'
import type { Seal } from '../../../core/audit/seal.ts'
import type { HealthEvent } from '../../../core/health/health-event.ts'
import type { Job } from '../../../core/jobs/job.ts'
import type { Credential } from '../../../core/nodes/credential.ts'
import type { Node } from '../../../core/nodes/node.ts'
import type { Presence, Said } from '../../../core/nodes/presence.ts'
import type { Chunk } from '../../../core/recordings/chunk.ts'
import type { Recording } from '../../../core/recordings/recording.ts'

/** Ids are branded; a test may write them plainly. */
type Some<T> = { readonly [K in keyof T]?: T[K] extends string | undefined ? string : T[K] }
const as = <T>(it: object): T => it as T

export const T0 = Date.UTC(2026, 0, 5, 9)

export const aUser = (more: Some<User> = {}): User =>
  as({
    id: crypto.randomUUID(),
    version: 0,
    email: `${crypto.randomUUID()}@example.org`,
    name: 'A User',
    provider: 'local',
    passwordHash: 'x',
    roles: ['viewer'],
    groupIds: [],
    grants: [],
    createdAt: T0,
    ...more,
  })

export const aGroup = (more: Some<Group> = {}): Group =>
  as({ id: crypto.randomUUID(), version: 0, name: 'A Group', createdAt: T0, updatedAt: T0, ...more })

/** Good for as long as any test takes. */
export const aSession = (userId: string, more: Some<Session> = {}): Session =>
  as({
    id: crypto.randomUUID(),
    version: 0,
    tokenHash: crypto.randomUUID(),
    userId,
    createdAt: T0,
    expiresAt: T0 * 2,
    ...more,
  })

export const aPendingLogin = (more: Some<PendingLogin> = {}): PendingLogin => ({
  id: crypto.randomUUID(),
  version: 0,
  verifier: 'v',
  nonce: 'n',
  returnTo: 'http://localhost:5173/',
  createdAt: T0,
  expiresAt: T0 + 600_000,
  ...more,
})

export const aNode = (more: Some<Node> = {}): Node =>
  as({
    id: `node_${crypto.randomUUID()}`,
    version: 0,
    alias: 'Hall',
    site: 'North',
    room: 'Hall 1',
    tags: [],
    interfaces: [],
    createdAt: T0,
    ...more,
  })

export const aPresence = (
  nodeId: string,
  { said, ...more }: Some<Presence> | { readonly said?: Some<Said> } = {},
): Presence =>
  as({
    nodeId,
    said: { status: 'online', agentVersion: '1.0', hostname: 'rec', ipAddresses: [], ...said },
    lastSeenAt: T0,
    ...more,
  })

export const aCredential = (nodeId: string, more: Some<Credential> = {}): Credential =>
  as({
    id: crypto.randomUUID(),
    version: 0,
    nodeId,
    tokenHash: crypto.randomUUID(),
    tokenPrefix: 'rt_',
    createdAt: T0,
    ...more,
  })

export const aRecording = (more: Some<Recording> = {}): Recording =>
  as({
    id: `rec_${crypto.randomUUID()}`,
    version: 0,
    name: 'A Recording',
    folder: 'Ad Hoc',
    tags: [],
    status: 'recording',
    source: 'ad_hoc',
    healthStatus: 'unknown',
    recordedAt: T0,
    durationSeconds: 0,
    cached: false,
    ...more,
  })

export const aJob = (more: Some<Job> = {}): Job =>
  as({
    id: `job_${crypto.randomUUID()}`,
    version: 0,
    nodeId: 'node_x',
    recordingId: 'rec_x',
    status: 'queued',
    createdAt: T0,
    command: {
      type: 'alsa_capture',
      captureChannels: 2,
      captureDevice: 'hw:1,0',
      captureFormat: 'S16_LE',
      captureSampleRate: 48000,
      durationSeconds: 60,
      outputFileName: 'rec_x.wav',
    },
    ...more,
  })

export const aChunk = (recordingId: string, index: number, more: Some<Chunk> = {}): Chunk =>
  as({
    id: `chunk_${recordingId}_${index}`,
    version: 0,
    recordingId,
    jobId: 'job_x',
    index,
    status: 'cached',
    createdAt: T0,
    durationSeconds: 2,
    offsetSeconds: 0,
    ...more,
  })

export const aHealthEvent = (more: Some<HealthEvent> = {}): HealthEvent =>
  as({
    id: crypto.randomUUID(),
    version: 0,
    type: 't',
    severity: 'warning',
    status: 'open',
    details: {},
    openedAt: T0,
    ...more,
  })

let serial = 0
export const anEntry = (more: Some<AuditEntry> = {}): AuditEntry =>
  as({
    id: `${String(serial++).padStart(12, '0')}-${crypto.randomUUID()}`,
    createdAt: T0,
    action: 'test.act.succeeded',
    outcome: 'succeeded',
    actor: { type: 'user', id: 'u', name: 'U', roles: ['owner'] },
    actorContext: {},
    target: { type: 'controller' },
    targetKin: [],
    details: {},
    correlationIds: {},
    ...more,
  })

export const aSeal = (number: number, firstSeq: number, lastSeq: number, more: Some<Seal> = {}): Seal =>
  as({
    id: String(number).padStart(12, '0'),
    version: 0,
    number,
    firstSeq,
    lastSeq,
    sealedAt: T0,
    leaves: ['kept:a', 'fleeting:b'],
    ...(number > 1 && { previous: `hash ${number - 1}` }),
    hash: `hash ${number}`,
    keyId: 'k',
    publicKey: 'p',
    signature: 's',
    ...more,
  })
