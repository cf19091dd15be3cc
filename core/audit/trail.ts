import { type Actor, auditActor } from '../access/actor.ts'
import { type Kin, kinOfTarget, type Target } from '../access/target.ts'
import type { Gate } from '../gate.ts'
import type { AuditEventId } from '../ids.ts'
import type { Call, Decided, Described } from '../operation.ts'
import type { Ids } from '../ports/identity.ts'
import type { Refusal } from '../result.ts'
import { type AuditEntry, bounded, boundedTarget, type Outcome } from './entry.ts'

type About = Partial<
  Pick<AuditEntry, 'reason' | 'details' | 'correlationIds' | 'before' | 'after' | 'target' | 'actor'>
>

/**
 * What one call leaves in the audit. A user's call leaves the gate's entry and then the result's; an agent's, a public and
 * the controller's own only the result's.
 */
export class Trail {
  readonly #op: Described
  readonly #call: Call
  readonly #actor: Actor
  readonly #gate: Gate
  readonly #ids: Ids
  #allowed: readonly AuditEntry[]

  constructor(op: Described, call: Call, actor: Actor, gate: Gate, ids: Ids) {
    this.#op = op
    this.#call = call
    this.#actor = actor
    this.#gate = gate
    this.#ids = ids
    this.#allowed = this.#isGated && gate.ok ? [this.#gateEntry('allowed')] : []
  }

  /** The gate's entry, once: whoever commits it ahead of the result takes it. */
  takeAllowed(): readonly AuditEntry[] {
    const taken = this.#allowed
    this.#allowed = []
    return taken
  }

  settled(done: Decided<unknown>, repeated: number): readonly AuditEntry[] {
    const { details, correlationIds, before, after, target, actor, setback } = done
    const about = {
      details: { ...details, ...(repeated > 0 && { repeated }) },
      ...(correlationIds && { correlationIds }),
      ...(before && { before }),
      ...(after && { after }),
      ...(target && { target }),
      ...(actor && { actor }),
      ...(setback !== undefined && { reason: setback }),
    }
    const [action, outcome] =
      setback === undefined
        ? ([this.#op.succeededAs ?? `${this.#op.audit}.succeeded`, 'succeeded'] as const)
        : ([this.#failedAs, 'failed'] as const)
    return [...this.takeAllowed(), this.#entry(action, outcome, about, !after && setback === undefined)]
  }

  refused(refusal: Refusal): readonly AuditEntry[] {
    const { reason, details, target } = refusal
    if (!this.#gate.ok && this.#isGated) return [this.#gateEntry('denied', reason)]
    const about = { reason, ...(details && { details }), ...(target && { target }) }
    return [...this.takeAllowed(), this.#entry(this.#failedAs, this.#outcomeOf(refusal), about)]
  }

  get #failedAs(): string {
    return this.#op.failedAs ?? `${this.#op.audit}.failed`
  }

  get #isGated(): boolean {
    return this.#op.audience === 'user' && this.#op.permission !== undefined
  }

  /** An agent that reaches for another node's thing has failed; whoever is not known, or may not, is denied. */
  #outcomeOf({ kind, outcome }: Refusal): Outcome {
    if (outcome !== undefined) return outcome
    if (kind === 'forbidden') return this.#op.audience === 'user' ? 'denied' : 'failed'
    return kind === 'unauthenticated' && this.#op.audience !== 'public' ? 'denied' : 'failed'
  }

  #gateEntry(outcome: 'allowed' | 'denied', reason?: string): AuditEntry {
    const { target, decision } = this.#gate
    const via = decision?.viaCapability
    return this.#entry(
      this.#op.audit,
      outcome,
      {
        ...(reason !== undefined && { reason }),
        details: {
          requiredPermission: this.#op.permission,
          resourceScope: boundedTarget(target),
          ...(decision?.reason && { resourceScopeDecision: decision.reason }),
          roles: auditActor(this.#actor).roles,
          grantedViaRoomCapability: via !== undefined,
          ...(via && { roomCapability: via.capability }),
        },
      },
      outcome === 'allowed',
    )
  }

  #entry(action: string, outcome: Outcome, about: About, routine = false): AuditEntry {
    const { method, path, ipAddress, userAgent } = this.#call.via
    const { details, reason, ...rest } = about
    const { target, kin } = this.#gate
    const { permission } = this.#op
    return {
      id: this.#ids.ordered() as AuditEventId,
      createdAt: this.#call.now,
      action,
      outcome,
      actor: auditActor(this.#actor),
      actorContext: {
        ...(ipAddress !== undefined && { ipAddress: bounded(ipAddress) }),
        ...('session' in this.#actor && { sessionId: this.#actor.session.id }),
        ...(userAgent !== undefined && { userAgent: bounded(userAgent) }),
      },
      targetKin: kinOfEntry(about.target, kin).map(({ type, id }) => `${type}:${bounded(id)}`),
      ...(permission !== undefined && { permission }),
      ...(reason !== undefined && { reason: bounded(reason) }),
      correlationIds: {},
      ...rest,
      target: boundedTarget(about.target ?? target),
      details: { ...(method && { method }), ...(path && { path: bounded(path) }), ...details },
      ...(routine && this.#op.fold !== undefined && { fleeting: true }),
    }
  }
}

/**
 * What was acted on may be nearer than what was asked about: a recording, where a node was asked. It is reached as the
 * asked thing is, but for the rooms: those of a shared node are not all its own.
 */
function kinOfEntry(acted: Target | undefined, asked: readonly Kin[]): readonly Kin[] {
  const own = acted && kinOfTarget(acted)
  return own ? [...own, ...asked.filter(({ type }) => type !== 'room')] : asked
}
