export const roles = ['owner', 'admin', 'operator', 'viewer', 'auditor'] as const
export type Role = (typeof roles)[number]

const o = ['owner'] as const
const oa = ['owner', 'admin'] as const
const oau = ['owner', 'admin', 'auditor'] as const
const oap = ['owner', 'admin', 'operator'] as const
const oapv = ['owner', 'admin', 'operator', 'viewer'] as const
const oapvu = roles

/** Who holds what, by role alone. Order is the wire's. */
const holders = {
  'audit:read': oau,
  'auth:manage': oa,
  'health:acknowledge': oap,
  'health:read': oapvu,
  'listen:monitor': oap,
  'metrics:read': oapvu,
  'node:control': oap,
  'node:manage': oa,
  'node:read': oapv,
  'recording:control': oap,
  'recording:create': oap,
  'recording:delete': oa,
  'recording:download': oapv,
  'recording:edit': oap,
  'recording:playback': oapv,
  'recording:read': oapvu,
  'schedule:manage': oap,
  'schedule:read': oapv,
  'settings:manage': oa,
  'settings:read': oapv,
  'switcher:manage': oa,
  'switcher:map': oap,
  'switcher:read': oapv,
  'system:admin': o,
} as const satisfies Record<string, readonly Role[]>

export type Permission = keyof typeof holders
export const permissions = Object.keys(holders) as readonly Permission[]

const byRole = new Map<Role, ReadonlySet<Permission>>(
  roles.map((role) => [role, new Set(permissions.filter((each) => (holders[each] as readonly Role[]).includes(role)))]),
)

export const roleHolds = (role: Role, permission: Permission): boolean => byRole.get(role)?.has(permission) ?? false

/** The union of what the roles hold, without duplicates. No role, no permission. */
export const permissionsOf = (held: readonly Role[]): readonly Permission[] =>
  permissions.filter((each) => held.some((role) => roleHolds(role, each)))
