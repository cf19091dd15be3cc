import type { Actor, Caller } from './access/actor.ts'
import { kinOfInterface, kinOfNode } from './access/kin.ts'
import type { Rules } from './access/scope.ts'
import { isLive as isSessionLive, type Session } from './access/session.ts'
import { type Kin, kinOfTarget, type Target } from './access/target.ts'
import { type Group, POLICY_BOOK_ID, type PolicyBook, type User } from './access/user.ts'
import type { Instant, NodeId, UserId } from './ids.ts'
import { byTurn, type Job } from './jobs/job.ts'
import type { ListenChunk } from './listen/chunk.ts'
import type { HeardFrame, MeterFrame } from './meters/meter-frame.ts'
import { Windows } from './meters/windows.ts'
import type { Credential } from './nodes/credential.ts'
import type { Node } from './nodes/node.ts'
import { isLater, type Presence } from './nodes/presence.ts'
import type { Shelf } from './ports/shelf.ts'
import { type Changes, type Listener, type Loaded, movesThings } from './ports/storage.ts'
import type { PresentNode } from './ports/stores.ts'

const noPolicies: PolicyBook = { id: POLICY_BOOK_ID, version: 0, policies: [] }

/**
 * What every request asks about, in memory: a fold over committed changes. Durable parts change only by `committed`, after
 * a commit; the latest frames are never stored.
 */
export class Live implements Listener {
  readonly users = new Map<string, User>()
  readonly groups = new Map<string, Group>()
  readonly nodes = new Map<string, Node>()
  readonly presences = new Map<string, Presence>()
  /** Frames as numbers, for whoever watches over a recording. */
  readonly windows = new Windows()
  readonly #chunks = new Map<string, ListenChunk>()
  /** Moves on whenever authority may have been taken from someone. */
  epoch = 0
  rules: Rules = { policies: [], rosters: [] }
  policyBook: PolicyBook = noPolicies
  readonly #sessions = new Map<string, Session>()
  readonly #sessionHashes = new Map<string, string>()
  readonly #credentials = new Map<string, Credential>()
  readonly #credentialHashes = new Map<string, string>()
  /** Interface to node. */
  readonly #interfaces = new Map<string, NodeId>()
  readonly #queues = new Map<string, readonly Job[]>()
  /** The latest of each node, as the text that it came in. */
  readonly #frames: Shelf

  constructor(frames: Shelf) {
    this.#frames = frames
  }

  /** By the hash of what was presented: a session, a credential, or nobody. The two never mix. */
  whoIs(caller: Caller, now: Instant): Actor {
    if ('system' in caller) return { type: 'system', name: caller.system }
    if ('ticket' in caller) {
      const { ticket } = caller
      const holder = this.#signedIn(this.#sessionHashes.get(ticket.sessionId) ?? '', now)
      return holder ? { type: 'ticket', ...holder, ticket } : { type: 'anonymous', presented: true }
    }
    const { bearerHash } = caller
    if (bearerHash === undefined) return { type: 'anonymous', presented: false }
    const credential = this.#credentials.get(bearerHash)
    if (credential) return { type: 'node', id: credential.nodeId }
    const holder = this.#signedIn(bearerHash, now)
    return holder ? { type: 'user', ...holder } : { type: 'anonymous', presented: true }
  }

  #signedIn(tokenHash: string, now: Instant): { readonly user: User; readonly session: Session } | undefined {
    const session = this.#sessions.get(tokenHash)
    const user = session && isSessionLive(session, now) ? this.users.get(session.userId) : undefined
    return session && user && user.disabledAt === undefined ? { user, session } : undefined
  }

  session(tokenHash: string): Session | undefined {
    return this.#sessions.get(tokenHash)
  }

  /** Those that have not ended, the latest first. */
  sessionsOf(userId: UserId, now: Instant): readonly Session[] {
    return [...this.#sessions.values()]
      .filter((session) => session.userId === userId && isSessionLive(session, now))
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
  }

  node(id: string): PresentNode | undefined {
    const node = this.nodes.get(id)
    const presence = this.presences.get(id)
    return node && presence && { node, presence }
  }

  /** Its text in the place of the last one, and its levels behind those before. */
  hearFrame(heard: HeardFrame, text: string): void {
    this.#frames.put(heard.frame.nodeId, text)
    this.windows.hear(heard)
  }

  /** The latest. */
  frameOf(nodeId: NodeId): MeterFrame | undefined {
    const text = this.#frames.get(nodeId)
    return text === undefined ? undefined : { ...JSON.parse(text), nodeId }
  }

  /** The latest chunk of each rendition is all that is kept. */
  hear(chunk: ListenChunk): void {
    this.#chunks.set(`${chunk.nodeId} ${chunk.rendition}`, chunk)
  }

  heard(nodeId: NodeId, rendition: ListenChunk['rendition']): ListenChunk | undefined {
    return this.#chunks.get(`${nodeId} ${rendition}`)
  }

  /** Queued jobs of a node, in the order in which they are to be claimed. */
  queueOf(nodeId: NodeId): readonly Job[] {
    return this.#queues.get(nodeId) ?? []
  }

  /** The credential that a node is known by. */
  credentialOf(nodeId: NodeId): Credential | undefined {
    const hash = this.#credentialHashes.get(nodeId)
    return hash === undefined ? undefined : this.#credentials.get(hash)
  }

  /** What a target stands for, as far as it is live; anything else stands for itself. */
  kinOf(target: Target): readonly Kin[] {
    const { type, id } = target
    const node =
      id === undefined ? undefined : this.nodes.get(type === 'interface' ? (this.#interfaces.get(id) ?? '') : id)
    if (node && type === 'node') return kinOfNode(node)
    const device = type === 'interface' ? node?.interfaces.find((each) => each.id === id) : undefined
    return node && device ? kinOfInterface(node, device) : (kinOfTarget(target) ?? [])
  }

  /** Everything anew. Frames stay: they were never stored. */
  reloaded = ({ changes, epoch }: Loaded): void => {
    for (const known of [this.users, this.groups, this.nodes, this.presences]) known.clear()
    for (const known of [this.#sessions, this.#sessionHashes, this.#credentials, this.#queues]) known.clear()
    this.rules = { policies: [], rosters: [] }
    this.policyBook = noPolicies
    this.committed(changes, epoch)
  }

  committed = (changes: Changes, epoch: number): void => {
    this.epoch = epoch
    for (const presence of changes.presences ?? []) {
      if (isLater(presence, this.presences.get(presence.nodeId))) this.presences.set(presence.nodeId, presence)
    }
    if (movesThings(changes)) this.#move(changes)
  }

  #move(changes: Changes): void {
    for (const user of changes.users ?? []) this.users.set(user.id, user)
    for (const group of changes.groups ?? []) this.groups.set(group.id, group)
    for (const book of changes.policyBooks ?? []) {
      this.policyBook = book
      this.rules = { ...this.rules, policies: book.policies }
    }
    if (changes.signedOut) this.#signOut(changes.signedOut)
    for (const session of changes.sessions ?? []) {
      if (session.revokedAt !== undefined) {
        this.#forget(session.id)
        continue
      }
      this.#forgetExpired(session.createdAt)
      this.#sessions.set(session.tokenHash, session)
      this.#sessionHashes.set(session.id, session.tokenHash)
    }
    for (const credential of changes.credentials ?? []) {
      if (credential.revokedAt === undefined) {
        this.#credentials.set(credential.tokenHash, credential)
        this.#credentialHashes.set(credential.nodeId, credential.tokenHash)
      } else this.#credentials.delete(credential.tokenHash)
    }
    for (const node of changes.nodes ?? []) {
      this.nodes.set(node.id, node)
      for (const { id } of node.interfaces) this.#interfaces.set(id, node.id)
    }
    for (const job of changes.jobs ?? []) this.#queue(job)
    const { users, groups, sessions } = changes.removed ?? {}
    for (const { id } of users ?? []) this.users.delete(id)
    for (const { id } of groups ?? []) this.groups.delete(id)
    for (const { id } of sessions ?? []) this.#forget(id)
  }

  /** Whoever does not sign out is gone all the same, by the time that somebody else comes. */
  #forgetExpired(now: Instant): void {
    for (const session of this.#sessions.values()) {
      if (!isSessionLive(session, now)) this.#forget(session.id)
    }
  }

  #signOut(userIds: readonly UserId[]): void {
    for (const { id, userId } of this.#sessions.values()) if (userIds.includes(userId)) this.#forget(id)
  }

  #forget(id: string): void {
    this.#sessions.delete(this.#sessionHashes.get(id) ?? '')
    this.#sessionHashes.delete(id)
  }

  /** Queues may be long: what is claimed stands at the front, and what is ordered goes to the end. */
  #queue(job: Job): void {
    const queue = this.queueOf(job.nodeId)
    const at = queue.findIndex(({ id }) => id === job.id)
    const others = at < 0 ? queue : queue.toSpliced(at, 1)
    if (job.status === 'queued') {
      const after = others.findLastIndex((each) => byTurn(each, job) < 0) + 1
      this.#queues.set(job.nodeId, others.toSpliced(after, 0, job))
    } else if (others.length > 0) this.#queues.set(job.nodeId, others)
    else this.#queues.delete(job.nodeId)
  }
}
