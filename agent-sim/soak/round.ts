import { setTimeout as sleep } from 'node:timers/promises'
import { testDatabase } from '../../adapters/storage/testing.ts'
import { check } from '../checkers/check.ts'
import { type Facts, standing } from '../checkers/facts.ts'
import { orphansIn } from '../checkers/files.ts'
import { systemClock } from './clock.ts'
import { Controller, PASSWORD } from './controller.ts'
import { Fleet } from './fleet.ts'
import { Ledger } from './ledger.ts'
import { dataOf, type Owner, signIn } from './owner.ts'
import { CAPTURE_SECONDS, commandFor, type Kill, type Moment, type Plan } from './plan.ts'
import { jobsOf, snapshotOf } from './snapshot.ts'

export interface Outcome {
  readonly plan: Plan
  /** Audio that was acknowledged, by place. */
  readonly uploads: number
  readonly changes: number
  readonly recordings: number
  /** How many jobs came to which end. */
  readonly ends: Readonly<Record<string, number>>
  /** Files that a kill has left without a row. */
  readonly orphans: number
  readonly violations: readonly string[]
  readonly seconds: number
  /** What the processes had to say of it. */
  readonly words: string
}

/** One data folder's life: recorders at work, kills in the middle of it, then peace; and whether every promise was kept. */
export async function runRound(plan: Plan): Promise<Outcome> {
  const beganAtMs = systemClock.nowMs()
  const database = plan.database === 'server' ? await testDatabase() : undefined
  const ledger = new Ledger()
  const controller = await Controller.make(ledger, database && String(database.address))
  try {
    const facts = await live(plan, controller, ledger)
    await controller.stop()
    return { ...summaryOf(plan, facts, beganAtMs), words: await controller.words() }
  } catch (error) {
    await controller.end()
    throw new Error(`broken off; again: ${commandFor(plan)}\n${await controller.words()}`, { cause: error })
  } finally {
    await controller.end()
    await database?.close()
  }
}

async function live(plan: Plan, controller: Controller, ledger: Ledger): Promise<Facts> {
  controller.start()
  await controller.ready()
  const owner = await signIn(ledger, PASSWORD)
  const fleet = await Fleet.enrol(plan, owner, ledger)
  try {
    for (const kill of plan.kills) await carryOut(kill, plan, controller, ledger)
    await controller.ready()
    // Whoever has been through it has to be good for new work as well.
    await sleep(CAPTURE_SECONDS * 1000)
    await fleet.orderNoMore()
    if (!plan.forsaken) await ledger.deliverRest()
    await everythingEnded(owner)
  } finally {
    await fleet.end()
  }
  const ended = await jobsOf(owner)
  await fleet.speakOutOfTurn(ended)
  return { ...(await snapshotOf(owner, ledger, controller.audioFolder)), ended }
}

async function carryOut(kill: Kill, { victim }: Plan, controller: Controller, ledger: Ledger): Promise<void> {
  if (kill.after !== 'start') await moment(kill.after, kill.nth, controller, ledger)
  await sleep(kill.delayMs)
  if (victim === 'host') await controller.killHost(kill.awayMs)
  else await controller.killDatabase()
}

/** The longest that a moment is waited for, when what it hangs on is rare. */
const MOMENT_MS_MAX = 5000

async function moment(
  after: Exclude<Moment, 'start'>,
  nth: number,
  controller: Controller,
  ledger: Ledger,
): Promise<void> {
  await controller.ready()
  const over = new AbortController()
  const counted = after === 'filing' ? controller.filing(nth, over.signal) : ledger.nth(after, nth)
  await Promise.race([counted, sleep(MOMENT_MS_MAX)]).finally(() => over.abort())
}

/** Beyond the longest lease, which reaches forty seconds past the end of its capture. */
const DRAIN_MS_MAX = 60_000
const LOOK_AGAIN_MS = 200
const active = ['queued', 'running', 'stop_requested']

/** What has not ended by then is for the checkers to see. */
async function everythingEnded({ ask }: Owner): Promise<void> {
  const untilMs = systemClock.nowMs() + DRAIN_MS_MAX
  while (systemClock.nowMs() < untilMs) {
    const lists = await Promise.all(
      active.map((status) => ask({ method: 'GET', path: `/recording-jobs?status=${status}&limit=1` })),
    )
    if (lists.every((list) => list.ok && dataOf<readonly object[]>(list).length === 0)) return
    await sleep(LOOK_AGAIN_MS)
  }
}

function summaryOf(plan: Plan, facts: Facts, beganAtMs: number): Omit<Outcome, 'words'> {
  const ends: Record<string, number> = {}
  for (const { status } of facts.jobs) ends[status] = (ends[status] ?? 0) + 1
  return {
    plan,
    uploads: standing(facts.uploads).length,
    changes: facts.deeds.length,
    recordings: facts.recordings.length,
    ends,
    orphans: orphansIn(facts).length,
    violations: check(facts),
    seconds: Math.round((systemClock.nowMs() - beganAtMs) / 1000),
  }
}
