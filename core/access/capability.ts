import type { RoomId } from '../ids.ts'
import type { Permission } from './permission.ts'
import { isMember, type Subject } from './subject.ts'

export const capabilities = ['view', 'listen', 'download', 'operate', 'book', 'edit', 'delete'] as const
export type Capability = (typeof capabilities)[number]

/** What a capability opens, in its room alone. Settings and accounts are never opened by a room. */
const unlocks = {
  view: ['node:read', 'recording:read', 'recording:playback', 'schedule:read', 'health:read'],
  listen: ['listen:monitor'],
  download: ['recording:download'],
  operate: ['recording:create', 'recording:control'],
  book: ['schedule:manage'],
  edit: ['recording:edit'],
  delete: ['recording:delete'],
} as const satisfies Record<Capability, readonly Permission[]>

/** One line of a room's roster. A subject may have several in one room: they add up. */
export interface RosterEntry {
  readonly roomId: RoomId
  readonly subjectType: 'user' | 'group'
  /** The id, never the email. */
  readonly subjectId: string
  readonly capabilities: readonly Capability[]
}

const byPermission = new Map<Permission, Capability>(
  capabilities.flatMap((capability) => unlocks[capability].map((permission) => [permission, capability] as const)),
)

/** No permission is unlocked by two capabilities, so there is one to name when somebody asks why. */
export const capabilityFor = (permission: Permission): Capability | undefined => byPermission.get(permission)

export const isListed = (subject: Subject, { subjectType, subjectId }: RosterEntry): boolean =>
  subjectType === 'user' ? subjectId === subject.id : isMember(subject, subjectId)

/** The rooms in which the roster alone gives the subject this permission. */
export function roomsUnlocked(
  subject: Subject,
  permission: Permission,
  rosters: readonly RosterEntry[],
): readonly RoomId[] {
  const capability = capabilityFor(permission)
  if (capability === undefined) return []
  return roomsWhere(subject, rosters, ({ capabilities }) => capabilities.includes(capability))
}

/** The rooms in which the roster gives the subject anything at all. */
export const roomsOnRoster = (subject: Subject, rosters: readonly RosterEntry[]): readonly RoomId[] =>
  roomsWhere(subject, rosters, (entry) => entry.capabilities.length > 0)

function roomsWhere(
  subject: Subject,
  rosters: readonly RosterEntry[],
  gives: (entry: RosterEntry) => boolean,
): readonly RoomId[] {
  const rooms = new Set<RoomId>()
  for (const entry of rosters) {
    if (isListed(subject, entry) && gives(entry)) rooms.add(entry.roomId)
  }
  return [...rooms]
}
