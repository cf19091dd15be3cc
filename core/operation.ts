import type { Actor, AuditActor, Caller, SystemName } from './access/actor.ts'
import type { Permission } from './access/permission.ts'
import type { Scope } from './access/scope.ts'
import type { LoginThrottle } from './access/sign-in/login-throttle.ts'
import type { Kin, Target } from './access/target.ts'
import type { TicketUse } from './access/ticket.ts'
import type { Fold } from './audit/folding.ts'
import type { Instant } from './ids.ts'
import type { Live } from './live.ts'
import type { IdentityProvider, Ids, Notary, Passwords, Tickets, Tokens } from './ports/identity.ts'
import type { Media } from './ports/media.ts'
import type { Changes } from './ports/storage.ts'
import type { Stores } from './ports/stores.ts'
import type { Result } from './result.ts'
import type { Settings } from './settings/settings.ts'

export type Audience = 'user' | 'node' | 'public' | 'system'

/** What can be said about an operation without running it. */
export interface Described {
  readonly audience: Audience
  /** Absent: any session will do, and the gate leaves no entry of its own. */
  readonly permission?: Permission
  /** The use of a ticket that opens it, beside a session. Absent: no ticket does. */
  readonly ticket?: TicketUse
  /** The audit action. */
  readonly audit: string
  /** The action of its success, where that is not `<audit>.succeeded`. */
  readonly succeededAs?: string
  /** The action of its failure, where that is not `<audit>.failed`. */
  readonly failedAs?: string
  readonly target: TargetRule
  /** Successes that changed nothing are counted in a window, not recorded each time. */
  readonly fold?: Fold
  /** A lease or captured audio hangs on it: it goes first when more comes than can be written. */
  readonly urgent?: true
  /** The reason recorded when the input does not parse. */
  readonly invalidAs?: string
  /** The answer must contain the gate's own entry, so that is committed first. */
  readonly gateFirst?: true
}

/** The thing asked about. Without `param` or `member` it is a collection, whose rows are filtered one by one. */
export interface TargetRule {
  readonly type: string
  /** The path parameter that holds its id. */
  readonly param?: string
  /** The member of the body that holds its id. */
  readonly member?: string
  /** The name by which a deny may close the collection to somebody. One without it is only filtered. */
  readonly collection?: string
  /** The thing is reached through a job: what is asked about is the job's recording. */
  readonly through?: 'recording_job'
}

/** Who decided, and when. */
export interface Mark {
  readonly by: AuditActor
  readonly at: Instant
}

/** What an operation decided: its answer, what is to be written, and what the audit keeps of it. */
export interface Decided<O> {
  readonly value: O
  readonly changes?: Changes
  readonly details?: Readonly<Record<string, unknown>>
  readonly correlationIds?: Readonly<Record<string, string>>
  readonly before?: object
  /** Present when something worth an entry of its own has changed. */
  readonly after?: object
  /** What was acted on, where it is not what was asked about. */
  readonly target?: Target
  /** What the target lies under, beside what was asked about. */
  readonly under?: readonly Kin[]
  /** What each of several things that were acted on stands for: whoever reads of it must be able to see them all. */
  readonly things?: readonly (readonly Kin[])[]
  /** Who acted, where it only became clear on the way. */
  readonly actor?: AuditActor
  /** The caller is answered as if all was well, which it needs; the audit keeps why nothing was done. */
  readonly setback?: string
  /** A success that leaves no entry: nothing was asked for and nothing changed, or the entry is the next step's. */
  readonly silent?: true
}

/** What an operation may look at. Nothing here writes, except bytes of audio that no row names, or soon none will. */
export interface View {
  /** In memory: who is who, nodes, presences, frames, waiting jobs. */
  readonly live: Live
  /** Everything else. */
  readonly stores: Stores
  readonly media: Media
  readonly scope: Scope
  /** What the scope says of one thing more, such as an id found in a body. */
  readonly covers: (target: Target) => boolean
  readonly mark: Mark
  readonly caller: Actor
  /** How the call came in. */
  readonly via: Via
  readonly ids: Ids
  readonly tokens: Tokens
  readonly passwords: Passwords
  readonly tickets: Tickets
  readonly provider: IdentityProvider
  readonly logins: LoginThrottle
  readonly notary: Notary
  readonly settings: Settings
}

/** Reads and decides; writes nothing. One that asks only the live state answers without waiting. */
export interface Operation<I, O> extends Described {
  run(input: I, view: View): Result<Decided<O>> | Promise<Result<Decided<O>>>
}

export const operation = <I, O>(op: Operation<I, O>): Operation<I, O> => op

/** One request, as every transport states it. */
export interface Call {
  readonly caller: Caller
  readonly params: Readonly<Record<string, string>>
  readonly now: Instant
  readonly via: Via
}

/** How the call came in; the audit keeps it. `query` tells one read from another. */
export interface Via {
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly ipAddress?: string | undefined
  readonly userAgent?: string | undefined
}

/** The input, read only when the gate has been passed. */
export interface Asked<I> {
  /** One member of the body as it came, for a gate whose target is named there. */
  member(name: string): Promise<string | undefined>
  input(): Result<I> | Promise<Result<I>>
}

/** For callers who have the input in hand. */
export const asked = <I extends object>(input: I): Asked<I> => ({
  member: async (name) => {
    const value = (input as Record<string, unknown>)[name]
    return typeof value === 'string' ? value : undefined
  },
  input: () => ({ ok: true, value: input }),
})

/** The controller's own duties call like everyone else. */
export const systemCall = (system: SystemName, now: Instant, params: Readonly<Record<string, string>> = {}): Call => ({
  caller: { system },
  params,
  now,
  via: {},
})
