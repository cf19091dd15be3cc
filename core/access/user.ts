import type { GroupId, Instant, UserId } from '../ids.ts'
import type { Role } from './permission.ts'
import type { AccessPolicy, Grant } from './rule.ts'

export interface User {
  readonly id: UserId
  readonly version: number
  /** Lower-case; unique. */
  readonly email: string
  readonly name: string
  readonly provider: 'local' | 'oidc'
  /** The provider's own name for the account. */
  readonly externalId?: string
  /** Argon2id, encoded; absent where the provider keeps the password. */
  readonly passwordHash?: string
  readonly roles: readonly Role[]
  readonly groupIds: readonly GroupId[]
  readonly grants: readonly Grant[]
  readonly createdAt: Instant
  readonly disabledAt?: Instant
}

/** The account that comes with the controller. */
export const BOOTSTRAP_OWNER_ID = '00000000-0000-4000-8000-000000000001' as UserId

export const userTarget = ({ id, email }: User) => ({ type: 'user', id, name: email })

export interface Group {
  readonly id: GroupId
  readonly version: number
  readonly name: string
  readonly description?: string
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

/** All access policies, in the order they were given. They are edited as one list, so they are one thing. */
export interface PolicyBook {
  readonly id: 'access-policies'
  readonly version: number
  readonly policies: readonly AccessPolicy[]
}

export const POLICY_BOOK_ID = 'access-policies'
