import { type Actor, auditActor } from './access/actor.ts'
import { askedOnce } from './access/sign-in/asked-once.ts'
import type { Target } from './access/target.ts'
import type { FoldingKey } from './audit/folding.ts'
import { Trail } from './audit/trail.ts'
import { type Gate, gate } from './gate.ts'
import { newsOf } from './health/news.ts'
import type { Asked, Call, Decided, Described, Operation, View } from './operation.ts'
import { Busy, type Passwords } from './ports/identity.ts'
import { Stale, StorageUnavailable, type Urgency } from './ports/storage.ts'
import { type Refusal, type Result, refuse } from './result.ts'
import type { World } from './world.ts'

/** Every Stale means that someone else got through, so looking again is progress; this only bounds the unlucky. */
const ATTEMPTS_MAX = 100
/** In one process a loser sees the winner's change at once; who loses this often loses to another process. */
const LOSSES_BEFORE_DOUBT = 3

/**
 * The one door into the domain: the gate, before anything is parsed and before existence is known; then the input; then a
 * decision that writes nothing; then one commit of its changes together with its audit. What was decided on something that
 * has moved on, authority included, is decided again.
 */
export async function perform<I, O>(
  op: Operation<I, O>,
  call: Call,
  asked: Asked<I>,
  world: World,
): Promise<Result<O>> {
  const passwords = op.audience === 'node' ? world.passwords : askedOnce(world.passwords)
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    try {
      return await attemptOnce(op, call, asked, world, passwords)
    } catch (error) {
      if (!(error instanceof Stale)) throw error
      if (attempt % LOSSES_BEFORE_DOUBT === 0) world.storage.doubt()
    }
  }
  throw new StorageUnavailable('contended')
}

async function attemptOnce<I, O>(
  op: Operation<I, O>,
  call: Call,
  asked: Asked<I>,
  world: World,
  passwords: Passwords,
): Promise<Result<O>> {
  const { live, storage, refusals } = world
  const epoch = live.epoch
  const actor = live.whoIs(call.caller, call.now)
  const passing = gate(op, call, actor, asked, world)
  const passed = passing instanceof Promise ? await passing : passing
  const trail = new Trail(op, call, actor, passed, world.ids)
  const refused = async (refusal: Refusal) => {
    const audit = trail.refused(refusal)
    const [entry] = audit
    const alike = op.audience === 'public' ? refusal.alike : undefined
    if (alike && entry && storage.auditing() && refusals.counts(entry, alike, call.now)) return refusal
    const urgency = passed.ok && op.urgent ? 'urgent' : 'refused'
    await storage.commit({ ...newsOf(refusal), audit, urgency })
    if (alike && entry) refusals.open(entry, alike, call.now)
    return refusal
  }
  if (!passed.ok) return refused(passed.refusal)

  const inputting = asked.input()
  const input = inputting instanceof Promise ? await inputting : inputting
  if (!input.ok) return refused(op.invalidAs === undefined ? input : { ...input, reason: op.invalidAs })

  const key = op.fold && foldingKey(op, call, actor, passed.target, world)
  if (op.gateFirst && !(key !== undefined && isFolded(key, call, world))) {
    await storage.commit({ audit: trail.takeAllowed(), urgency: urgencyOf(op) }, epoch)
  }

  const running = op.run(input.value, viewOf(call, actor, passed, world, passwords))
  const done = running instanceof Promise ? await running.catch(busy) : running
  if (!done.ok) return refused(done)
  await settle(op, call, done.value, trail, key, epoch, world)
  return { ok: true, value: done.value.value }
}

/** What is too busy is an answer like another, and leaves its entry. */
function busy(error: unknown): Refusal {
  if (!(error instanceof Busy)) throw error
  return refuse('unavailable', 'busy', { retryAfterSeconds: error.retryAfterSeconds })
}

/** Of an operation that was let through. */
const urgencyOf = ({ urgent, fold }: Described): Urgency => (urgent ? 'urgent' : fold ? 'routine' : 'ordinary')

/** One commit of the change with its audit; of what only repeats itself, a count. */
async function settle<O>(
  op: Described,
  call: Call,
  done: Decided<O>,
  trail: Trail,
  key: FoldingKey | undefined,
  epoch: number,
  { storage, folding }: World,
): Promise<void> {
  const { changes, silent } = done
  const urgency = urgencyOf(op)
  const routine = key !== undefined && done.after === undefined && done.setback === undefined
  // While the store is away a read is not answered from memory alone: it goes the long way, and is told so.
  const counted = routine && (op.fold === 'telemetry' || storage.auditing()) && folding.isOpen(key, call.now)
  if (counted || silent) {
    if (changes !== undefined) await storage.commit({ ...changes, urgency }, epoch)
    // What was not written was no repeat.
    if (counted) folding.counts(key, call.now)
    return
  }
  const repeated = routine ? folding.repeated(key) : 0
  await storage.commit({ ...changes, audit: trail.settled(done, repeated), urgency }, epoch)
  if (routine && op.fold !== undefined) folding.open(key, op.fold, call.now)
}

const isFolded = (key: FoldingKey, call: Call, { storage, folding }: World) =>
  storage.auditing() && folding.isOpen(key, call.now)

function viewOf(
  call: Call,
  actor: Actor,
  { scope, covers }: Gate & { ok: true },
  { live, storage, media, ids, tokens, tickets, notary, provider, logins, settings }: World,
  passwords: Passwords,
): View {
  return {
    live,
    stores: storage.stores,
    media,
    settings,
    scope,
    covers,
    mark: { by: auditActor(actor), at: call.now },
    caller: actor,
    via: call.via,
    ids,
    tokens,
    passwords,
    tickets,
    notary,
    provider,
    logins,
  }
}

/** Telemetry is the same by node and action, reads by session or ticket, action, target and query. */
const foldingKey = (op: Described, call: Call, actor: Actor, target: Target, world: World): FoldingKey => ({
  action: op.audit,
  by: foldedBy(call, actor, target, world),
})

function foldedBy(call: Call, actor: Actor, target: Target, { tokens }: World): string {
  if (actor.type === 'node') return actor.id
  if (actor.type === 'ticket') return actor.ticket.id
  // What is open to everybody takes no query: those who are not known cannot fill the memory with queries of their own.
  if (actor.type === 'anonymous') return actor.type
  const session = actor.type === 'user' ? actor.session.id : actor.type
  const { query = '' } = call.via
  return `${session} ${target.id ?? ''} ${query.length > QUERY_KEPT_MAX ? tokens.hash(query) : query}`
}

/** A query may be as long as whoever asks likes, and a key is kept for a while. */
const QUERY_KEPT_MAX = 100
