import type { AccessPolicy, Grant } from '../../core/access/rule.ts'

/*
 * Who may do what, as the contract says it and by hand: nothing here is asked of the code under test. Section 6.1 is the matrix,
 * 6.4 the families, 6.2 the decision; which permission a route takes stands in the contract's own list.
 */

export const walkedRoles = ['owner', 'admin', 'operator', 'viewer', 'auditor', 'none'] as const
export type WalkedRole = (typeof walkedRoles)[number]
const letters: Record<WalkedRole, string> = {
  owner: 'o',
  admin: 'a',
  operator: 'p',
  viewer: 'v',
  auditor: 'u',
  none: '-',
}

const matrix: Readonly<Record<string, string>> = {
  'audit:read': 'o a u',
  'auth:manage': 'o a',
  'health:acknowledge': 'o a p',
  'health:read': 'o a p v u',
  'listen:monitor': 'o a p',
  'metrics:read': 'o a p v u',
  'node:control': 'o a p',
  'node:manage': 'o a',
  'node:read': 'o a p v',
  'recording:control': 'o a p',
  'recording:create': 'o a p',
  'recording:delete': 'o a',
  'recording:download': 'o a p v',
  'recording:edit': 'o a p',
  'recording:playback': 'o a p v',
  'recording:read': 'o a p v u',
  'schedule:manage': 'o a p',
  'schedule:read': 'o a p v',
  'settings:manage': 'o a',
  'settings:read': 'o a p v',
  'switcher:manage': 'o a',
  'switcher:map': 'o a p',
  'switcher:read': 'o a p v',
  'system:admin': 'o',
}

/** Everything that the walk asks about lies in one place, so that one grant is the caller's own scope, and one deny takes it. */
const PLACE: Grant = { resourceType: 'site', resourceId: 'North' }
const ELSEWHERE: Grant = { resourceType: 'site', resourceId: 'South' }
const ALL: Grant = { resourceType: '*', resourceId: '*' }

/** What lies in no place is denied as a kind: then also under ids that name nothing. */
const placeless = ['user', 'group'] as const
const collections = ['recording_collection', 'node_collection'] as const
const everyOne = (resourceType: string): Grant => ({ resourceType, resourceId: '*' })

export interface WalkedScope {
  readonly grants: readonly Grant[]
  readonly denies: readonly Grant[]
}

export const walkedScopes = {
  nothing: { grants: [], denies: [] },
  own: { grants: [PLACE], denies: [] },
  other: { grants: [ELSEWHERE], denies: [] },
  wildcard: { grants: [ALL], denies: [] },
  denied: { grants: [PLACE], denies: [PLACE, ...placeless.map(everyOne)] },
  'closed collections': { grants: [PLACE], denies: collections.map(everyOne) },
  'denied everything': { grants: [ALL], denies: [ALL] },
} as const satisfies Record<string, WalkedScope>
export type ScopeName = keyof typeof walkedScopes

export const denyTo = (userId: string, { resourceType, resourceId }: Grant): AccessPolicy => ({
  id: crypto.randomUUID() as AccessPolicy['id'],
  effect: 'deny',
  subjectType: 'user',
  subjectId: userId,
  resourceType,
  resourceId,
})

export type Kind =
  | 'node'
  | 'interface'
  | 'recording'
  | 'recording_job'
  | 'audit_event'
  | 'session'
  | (typeof placeless)[number]

/** Where an id stands: at which of the path's parameters, counted from 0, or in which member of the body. */
export interface Id {
  readonly kind: Kind
  readonly at: number | string
  /** Behind the gate, where it is not the 404 of what is not there. */
  readonly refusedAs?: 400
}

export type Asks =
  /** Of one thing, at the gate. */
  | { readonly of: 'thing'; readonly id: Id }
  /** Of a collection, which a deny closes only by the name that the contract gives it. `id`: what is named besides is judged behind the gate. */
  | { readonly of: 'collection'; readonly closable?: true; readonly id?: Id }
  /** Of all that there is, so that it is for those alone from whom nothing is hidden. */
  | { readonly of: 'everything'; readonly id?: Id }

const thing = (kind: Kind, at: Id['at'] = 0): Asks => ({ of: 'thing', id: { kind, at } })
const collection = (kind?: Kind, at: Id['at'] = 0): Asks => ({ of: 'collection', ...(kind && { id: { kind, at } }) })
const closable = (kind?: Kind, at: Id['at'] = 0): Asks => ({
  ...collection(kind, at),
  of: 'collection',
  closable: true,
})

/** By the method and the path as the contract writes it; the first that fits counts. */
const families: readonly (readonly [RegExp, Asks])[] = [
  [/ \/api\/v1\/auth\/me$/, collection()],
  [/ \/api\/v1\/auth\/sessions\/:$/, collection('session')],
  [/ \/api\/v1\/auth\/users\/:/, thing('user')],
  [/ \/api\/v1\/auth\/groups\/:/, thing('group')],
  [/^POST \/api\/v1\/auth\/groups$/, { of: 'collection', id: { kind: 'user', at: 'memberIds', refusedAs: 400 } }],
  [/^POST \/api\/v1\/auth\/explain$/, thing('user', 'subject.userId')],
  [/ \/api\/v1\/auth\//, collection()],
  [/^POST \/api\/v1\/audit-events\/export$/, collection('audit_event', 'eventIds')],
  [/ \/api\/v1\/audit-events\/:/, collection('audit_event')],
  [/^GET \/api\/v1\/audit-events\/seals$/, { of: 'everything' }],
  [/ \/api\/v1\/audit-events(\/facets|\/export)?$/, collection()],
  [/ \/api\/v1\/nodes\/:\/interfaces\/:/, thing('interface', 1)],
  [/ \/api\/v1\/nodes\/:/, thing('node')],
  [/^POST \/api\/v1\/nodes\/export$/, closable('node', 'nodeIds')],
  [/ \/api\/v1\/nodes(\/export|\/enroll)?$/, collection()],
  [/^POST \/api\/v1\/recording-jobs\/(export|bulk-stop|bulk-retry)$/, closable('recording_job', 'jobIds')],
  [/^GET \/api\/v1\/recording-jobs\/export$/, closable()],
  [/ \/api\/v1\/recording-jobs\/:/, thing('recording_job')],
  [/^GET \/api\/v1\/recording-jobs$/, collection()],
  [/ \/api\/v1\/recordings\/:/, thing('recording')],
  [/^POST \/api\/v1\/recordings$/, thing('node', 'nodeId')],
  [/^GET \/api\/v1\/recordings$/, collection()],
  [/^GET (\/api\/v1\/status|\/metrics)$/, collection()],
]

/** What a body may name besides: a rule opens it by its own name alone, or as one of its kind, or of everything. */
export const namedBesides = [
  ['POST /api/v1/recordings', 'recordingProfileId', 'voice-wav'],
  ['POST /api/v1/recordings', 'retentionPolicyId', 'retention-keep-controller-cache'],
  ['POST /api/v1/recordings', 'uploadPolicyIds', ['upload-policy-stub']],
] as const

/** What is done once is not done again, and says so: no other answer can come in its place, and none before the gate. */
export const answeredAgain: Readonly<Record<string, number>> = { 'POST /api/v1/auth/users': 409 }

export function asksOf(name: string): Asks {
  const found = families.find(([pattern]) => pattern.test(name))
  if (!found) throw new Error(`${name} is in no family: say in testing-authority.ts what its gate asks about`)
  return found[1]
}

export interface WalkedCaller {
  readonly role: WalkedRole
  readonly scope: ScopeName
}

/** The status of what is refused; `through` for what is done. */
export type Expected = 400 | 403 | 404 | 'through'

/** `permission` is the contract's: `-` is any session. */
export function expectedOf(permission: string, asks: Asks, caller: WalkedCaller, exists: boolean): Expected {
  if (permission !== '-' && !matrix[permission]?.includes(letters[caller.role])) return 403
  if (asks.of === 'everything') {
    const unlimited = caller.role === 'owner' || caller.role === 'admin' || caller.scope === 'wildcard'
    return unlimited && walkedScopes[caller.scope].denies.length === 0 ? 'through' : 403
  }
  if (asks.of === 'thing') {
    if (!covers(asks.id.kind, caller, exists)) return 403
    return exists ? 'through' : 404
  }
  if (asks.closable && (caller.scope === 'closed collections' || caller.scope === 'denied everything')) return 403
  if (!asks.id || (exists && covers(asks.id.kind, caller, exists))) return 'through'
  return asks.id.refusedAs ?? 404
}

/** What does not exist lies nowhere, so that only a rule about all of its kind, or about everything, can name it. */
function covers(kind: Kind, { role, scope }: WalkedCaller, exists: boolean): boolean {
  // Of sessions everybody has its own; the one that is asked about is another's.
  if (kind === 'session') return false
  if (scope === 'denied everything') return false
  const isPlaceless = placeless.some((each) => each === kind)
  if (scope === 'denied' && (exists || isPlaceless)) return false
  if (role === 'owner' || role === 'admin' || scope === 'wildcard') return true
  return exists && !isPlaceless && (scope === 'own' || scope === 'closed collections')
}
