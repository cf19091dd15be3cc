import type { Actor } from './access/actor.ts'
import { type Decision, decide } from './access/decide.ts'
import { kinOfPlace } from './access/kin.ts'
import { covers, everything, type Scope } from './access/scope.ts'
import { type Kin, namesOfCollection, type Target } from './access/target.ts'
import { opens } from './access/ticket.ts'
import type { Instant } from './ids.ts'
import { kinOf } from './kin-of.ts'
import type { Asked, Call, Described } from './operation.ts'
import { StorageUnavailable } from './ports/storage.ts'
import { type Refusal, refuse } from './result.ts'
import type { World } from './world.ts'

/** What the gate found, for the decision and for the trail. */
export type Gate = Passed | Stopped

interface Looked {
  /** What was asked about. */
  readonly target: Target
  /** That, and what it stands for: worked out for whoever asks, which most signs of life do not. */
  readonly kin: () => readonly Kin[]
  readonly decision?: Decision
}

interface Passed extends Looked {
  readonly ok: true
  readonly scope: Scope
  readonly covers: (target: Target) => boolean
}

interface Stopped extends Looked {
  readonly ok: false
  readonly refusal: Refusal
}

/** Before anything is parsed and before existence is known. What is live is decided without waiting. */
export function gate(
  op: Described,
  call: Call,
  actor: Actor,
  asked: Asked<unknown>,
  world: World,
): Gate | Promise<Gate> {
  switch (op.audience) {
    case 'public':
      return open(targetOf(op, call), world)
    case 'system':
      return actor.type === 'system' ? open(targetOf(op, call), world) : stopped(op, call, noSession, world)
    case 'node':
      return nodeGate(op, call, actor, world)
    case 'user':
      return userGate(op, call, actor, asked, world)
  }
}

/** What was revoked ends what is under way within five seconds. */
const REVOKED_WITHIN_MS = 5_000
const LOOK_AGAIN_MS = 2_000

/**
 * Whether the same call would still be let through, and see as much as when it was answered: for answers that take their time,
 * to be asked before each piece.
 */
export function stillPasses(op: Described, call: Call, asked: Asked<unknown>, world: World): () => Promise<boolean> {
  let passedAt = call.now
  let seen: string | undefined
  const sight = async (now: Instant) => {
    const passing = await gate(op, { ...call, now }, world.live.whoIs(call.caller, now), asked, world)
    return passing.ok ? JSON.stringify(passing.scope) : undefined
  }
  return async () => {
    const now = world.now()
    // A clock that was set back is no pass.
    if (seen !== undefined && now >= passedAt && now - passedAt < LOOK_AGAIN_MS) return true
    try {
      const sees = await sight(now)
      seen ??= sees
      // Whoever is refused sees nothing, and that is no reason to go on seeing it.
      const passes = sees !== undefined && sees === seen
      if (passes) passedAt = now
      return passes
    } catch (error) {
      // A database that is away for a moment is no reason to fall silent.
      if (!(error instanceof StorageUnavailable)) throw error
      return now - passedAt < REVOKED_WITHIN_MS
    }
  }
}

const noSession = refuse('unauthenticated', 'unauthenticated')
const missingToken = refuse('unauthenticated', 'missing_node_token')
const unknownToken = refuse('unauthenticated', 'invalid_node_token')
const otherNode = refuse('forbidden', 'node_scope_denied')
const otherTicket = refuse('forbidden', 'ticket_scope_denied')

const open = (target: Target, { live }: World): Passed => ({
  ok: true,
  target,
  kin: () => live.kinOf(target),
  scope: everything,
  covers: () => true,
})

/** Whoever is not let in leaves an entry that is read by those who may see what was reached for. */
async function stopped(op: Described, call: Call, refusal: Refusal, world: World): Promise<Stopped> {
  const target = await lookUp(op, call, world)
  const kin = await kinOf(target, world)
  return { ok: false, target, kin: () => kin, refusal }
}

/** A node is known by its credential, and speaks for itself alone. */
function nodeGate(op: Described, call: Call, actor: Actor, world: World): Gate | Promise<Gate> {
  const target = targetOf(op, call)
  if (actor.type !== 'node') {
    return stopped(op, call, actor.type === 'anonymous' && !actor.presented ? missingToken : unknownToken, world)
  }
  if (target.type === 'node') return target.id === actor.id ? open(target, world) : stopped(op, call, otherNode, world)
  // Whose job or recording it is, only the operation can tell; until then it is known by the node that reached for it.
  const passed = open(target, world)
  const node = world.live.nodes.get(actor.id)
  return node ? { ...passed, kin: () => [...passed.kin(), ...kinOfPlace(node)] } : passed
}

function userGate(op: Described, call: Call, actor: Actor, asked: Asked<unknown>, world: World): Gate | Promise<Gate> {
  if (actor.type === 'ticket' && !opens(actor.ticket, op, targetOf(op, call)))
    return stopped(op, call, otherTicket, world)
  if (actor.type !== 'user' && actor.type !== 'ticket') return stopped(op, call, noSession, world)
  const { permission, target: rule } = op
  if (permission === undefined) return open(targetOf(op, call), world)
  const rules = world.live.rules
  const names = namesOfCollection(rule.type, rule.collection)
  const judge = (target: Target, kin: readonly Kin[]): Gate => {
    const decision = decide(actor.user, permission, target.id === undefined ? undefined : kin, rules, names)
    const looked = { target, kin: () => kin, decision }
    if (!decision.allowed) return { ok: false, ...looked, refusal: refuse('forbidden', decision.reason ?? 'forbidden') }
    const { scope } = decision
    return { ok: true, ...looked, scope, covers: (each) => covers(scope, world.live.kinOf(each)) }
  }
  if (rule.member !== undefined) {
    const before = judge({ type: rule.type }, [])
    return before.ok ? asked.member(rule.member).then((id = '') => look({ type: rule.type, id })) : before
  }
  const target = lookUp(op, call, world)
  return target instanceof Promise ? target.then(look) : look(target)

  function look(target: Target): Gate | Promise<Gate> {
    const kin = kinOf(target, world)
    return kin instanceof Promise ? kin.then((found) => judge(target, found)) : judge(target, kin)
  }
}

/** A target without an id is a collection, so a missing parameter must never look like one. */
function targetOf({ target: { type, param } }: Described, call: Call): Target {
  return param === undefined ? { type } : { type, id: call.params[param] ?? '' }
}

const lookUp = (op: Described, call: Call, world: World): Target | Promise<Target> =>
  op.target.through === undefined ? targetOf(op, call) : throughJob(op, call, world)

/** A job is asked about as the recording it belongs to; one that does not exist, by its own id. */
async function throughJob(
  { target: { type, param = '' } }: Described,
  call: Call,
  { storage }: World,
): Promise<Target> {
  const id = call.params[param] ?? ''
  const job = await storage.stores.jobs.find(id as never)
  return { type, id: job?.recordingId ?? id }
}
