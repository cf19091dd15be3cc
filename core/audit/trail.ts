import { type Actor, auditActor } from '../access/actor.ts'
import { type Kin, kinOfTarget, type Target } from '../access/target.ts'
import type { Gate } from '../gate.ts'
import type { AuditEventId } from '../ids.ts'
import type { Call, Decided, Described } from '../operation.ts'
import type { Ids } from '../ports/identity.ts'
import type { Refusal } from '../result.ts'
import { bounded, boundedWithin } from '../text.ts'
import { type AuditEntry, boundedTarget, namesOf, namesOfEach, type Outcome } from './entry.ts'

type About = Partial<
  Pick<AuditEntry, 'reason' | 'details' | 'correlationIds' | 'before' | 'after' | 'target' | 'actor'>
> &
  Pick<Decided<unknown>, 'under' | 'things'>

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
  takeAllowed(things?: About['things']): readonly AuditEntry[] {
    const taken = this.#allowed
    this.#allowed = []
    return things ? taken.map((entry) => ({ ...entry, targetKin: namesOfEach(things) })) : taken
  }

  settled(done: Decided<unknown>, repeated: number): readonly AuditEntry[] {
    const { details, correlationIds, before, after, target, under, things, actor, setback } = done
    const about = {
      details: { ...details, ...(repeated > 0 && { repeated }) },
      ...(correlationIds && { correlationIds }),
      ...(before && { before }),
      ...(after && { after }),
      ...(target && { target }),
      ...(under && { under }),
      ...(things && { things }),
      ...(actor && { actor }),
      ...(setback !== undefined && { reason: setback }),
    }
    const [action, outcome] =
      setback === undefined
        ? ([this.#op.succeededAs ?? `${this.#op.audit}.succeeded`, 'succeeded'] as const)
        : ([this.#failedAs, 'failed'] as const)
    return [...this.takeAllowed(things), this.#entry(action, outcome, about, !after && setback === undefined)]
  }

  refused(refusal: Refusal): readonly AuditEntry[] {
    const { reason, details, target, things } = refusal
    if (!this.#gate.ok && this.#isGated) return [this.#gateEntry('denied', reason)]
    const about = { reason, ...(details && { details }), ...(target && { target }), ...(things && { things }) }
    return [...this.takeAllowed(things), this.#entry(this.#failedAs, this.#outcomeOf(refusal), about)]
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
    const { details, reason, under, things, ...rest } = about
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
      targetKin: things ? namesOfEach(things) : namesOf(kinOfEntry(about.target, under, kin())),
      ...(permission !== undefined && { permission }),
      ...(reason !== undefined && { reason: bounded(reason) }),
      correlationIds: {},
      ...rest,
      target: boundedTarget(about.target ?? target),
      details: { ...(method && { method }), ...(path && { path: bounded(path) }), ...boundedWithin(details) },
      ...(routine && this.#op.fold !== undefined && { fleeting: true }),
    }
  }
}

/**
 * What was acted on may be nearer than what was asked about: a recording, where a node was asked. It is reached as the
 * asked thing is, but for the rooms of a node: those of a shared one are not all its own.
 */
function kinOfEntry(acted: Target | undefined, under: readonly Kin[] = [], asked: readonly Kin[]): readonly Kin[] {
  const own = (acted && kinOfTarget(acted)) ?? []
  const [first] = asked
  const same = first?.type === own[0]?.type && first?.id === own[0]?.id
  const near = own.length === 0 || same || first?.type === 'recording'
  return distinct([...own, ...under, ...(near ? asked : asked.filter(({ type }) => type !== 'room'))])
}

const distinct = (kin: readonly Kin[]): readonly Kin[] =>
  kin.filter(({ type, id }, at) => kin.findIndex((each) => each.type === type && each.id === id) === at)
