import type { NodeId } from '../ids.ts'
import type { Role } from './permission.ts'
import type { Session } from './session.ts'
import type { Ticket } from './ticket.ts'
import type { User } from './user.ts'

/** Background work has names of its own, so that the audit can tell one duty from another. */
export type SystemName =
  | 'controller'
  | 'lease-runner'
  | 'scheduler'
  | 'watchdog'
  | 'upload-runner'
  | 'retention-runner'
  | 'seal-runner'
  | 'session-runner'

/** How a caller presents itself: by the hash of a bearer token, by a ticket that was read, or as a part of the controller. */
export type Caller = { readonly bearerHash?: string } | { readonly ticket: Ticket } | { readonly system: SystemName }

/** Who that turned out to be, at the moment of asking. */
export type Actor =
  | { readonly type: 'anonymous'; readonly presented: boolean }
  | { readonly type: 'user'; readonly user: User; readonly session: Session }
  /** A user's link. A type of its own, so that whatever asks for a user refuses it. */
  | { readonly type: 'ticket'; readonly user: User; readonly session: Session; readonly ticket: Ticket }
  | { readonly type: 'node'; readonly id: NodeId }
  | { readonly type: 'system'; readonly name: SystemName }

/** An actor as the audit keeps it, names included, so that a deleted account can still be read. */
export interface AuditActor {
  readonly type: 'user' | 'node' | 'system'
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
}

const systemTitles: Record<SystemName, string> = {
  controller: 'Roomtone',
  'lease-runner': 'Roomtone Lease Runner',
  scheduler: 'Roomtone Scheduler',
  watchdog: 'Roomtone Watchdog',
  'upload-runner': 'Roomtone Upload Runner',
  'retention-runner': 'Roomtone Retention Runner',
  'seal-runner': 'Roomtone Seal Runner',
  'session-runner': 'Roomtone Session Runner',
}

export const userActor = ({ id, name, roles }: User): AuditActor => ({ type: 'user', id, name, roles })

export function auditActor(actor: Actor): AuditActor {
  switch (actor.type) {
    case 'anonymous':
      return { type: 'user', id: 'anonymous', name: 'Anonymous', roles: [] }
    case 'user':
    case 'ticket':
      return userActor(actor.user)
    case 'node':
      return { type: 'node', id: actor.id, name: actor.id, roles: [] }
    case 'system':
      return { type: 'system', id: `system:${actor.name}`, name: systemTitles[actor.name], roles: [] }
  }
}
