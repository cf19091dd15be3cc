import type { Instant } from '../../ids.ts'
import type { Networks } from './network.ts'
import { Recent } from './recent.ts'
import { NAMES_MAX, Tallies, WAIT_MS_MAX } from './tallies.ts'

/** Somebody tries to sign in. */
export interface Attempt {
  /** The email as it was typed, in lower case. Whether anybody has it is not asked: both look the same. */
  readonly account: string
  /** Where it came from, as far as that is known. */
  readonly networks?: Networks
  /** The account was signed in to from there, the nearest of them. */
  readonly familiar: boolean
}

export const LOGIN_FAILURES_FREE = 10
/** Many may guess at one account, and many people may have one address. */
const ACCOUNT_SHARE = 2
const NETWORK_SHARE = 5
/**
 * Of networks that lie in each other, the nearest first. A customer may have thousands of the nearest, and neighbours may share
 * the widest: each has so much more that whoever guesses from one alone does not use up the next.
 */
const WIDER_SHARES = [1, 2, 4]
/** At once, and then as many a minute: a whole company may come from one address. */
const DEPARTURES_FREE = 30
const DEPARTURE_FORGIVEN_MS = 2_000
/** Of each account it is remembered where it was signed in to: the last of this many networks. */
const HOMES_MAX = 16
/** The longest email there is (RFC 5321, 4.5.3.1.3). */
const ACCOUNT_LENGTH_MAX = 254

/**
 * Slows those down who guess passwords, and locks nobody out. Who comes from where the account was signed in to has a budget
 * that no stranger can use up. Strangers wait once the account, or their own network, has failed too often: a minute at most,
 * and whoever has waited for an account gets its turn, however many others try meanwhile. All of it is bounded.
 */
export class LoginThrottle {
  /** Of an account from a network; from the wider ones, of strangers alone. */
  readonly #pairs: readonly Tallies[]
  readonly #networks: readonly Tallies[]
  /** Logins that were begun, to be ended elsewhere: each counts, for nobody can tell whether it will. */
  readonly #departures = byWidth(DEPARTURES_FREE, DEPARTURE_FORGIVEN_MS)
  /** By strangers alone. */
  readonly #accounts: Tallies
  /** When a stranger to an account under attack gets its turn. */
  readonly #turns = new Recent<Instant>(NAMES_MAX)
  readonly #homes = new Recent<readonly string[]>(NAMES_MAX)

  constructor(free = LOGIN_FAILURES_FREE) {
    this.#pairs = byWidth(free)
    this.#networks = byWidth(free * NETWORK_SHARE)
    this.#accounts = new Tallies(free * ACCOUNT_SHARE)
  }

  /** How long to wait. With 0 it is admitted, and must end in one of the three ways below. */
  admit(attempt: Attempt, now: Instant): number {
    const waitMs = this.#waitMs(attempt, now)
    if (waitMs > 0) return waitMs
    this.#turns.delete(pairOf(attempt))
    for (const [tallies, name] of this.#countedBy(attempt)) tallies.begin(name, now)
    return 0
  }

  failed(attempt: Attempt, now: Instant): void {
    for (const [tallies, name] of this.#countedBy(attempt)) tallies.failed(name, now)
  }

  succeeded(attempt: Attempt, now: Instant): void {
    for (const [tallies, name] of this.#countedBy(attempt)) {
      tallies.ended(name, now, tallies === this.#pairs[0] ? 'clears' : undefined)
    }
    if (attempt.networks !== undefined) this.#settle(accountOf(attempt), attempt.networks[0])
  }

  /** Nobody looked at its password. */
  untried(attempt: Attempt, now: Instant): void {
    for (const [tallies, name] of this.#countedBy(attempt)) tallies.ended(name, now)
  }

  /** How long to wait before a login that is ended elsewhere may be begun from there. With 0 it is counted. */
  depart(networks: Networks, now: Instant): number {
    const counted = each(this.#departures, networks)
    const waitMs = longest(counted, now)
    if (waitMs === 0) for (const [tallies, name] of counted) tallies.failed(name, now)
    return waitMs
  }

  /** How many names are remembered, all in all. */
  get size(): number {
    const remembering = [
      ...this.#pairs,
      ...this.#networks,
      ...this.#departures,
      this.#accounts,
      this.#turns,
      this.#homes,
    ]
    return remembering.reduce((sum, { size }) => sum + size, 0)
  }

  /** Whether the account was signed in to from there, as far back as is remembered. */
  knows(account: string, network: string): boolean {
    return this.#homes.get(account.slice(0, ACCOUNT_LENGTH_MAX))?.includes(network) ?? false
  }

  /** Without an address all are one, and the account's own failures are all there is to go by. */
  #waitMs(attempt: Attempt, now: Instant): number {
    const { networks, familiar } = attempt
    const ownMs = longest(each(this.#pairs, pairsOf(attempt)), now)
    if (familiar || networks === undefined) return ownMs
    return Math.max(ownMs, longest(each(this.#networks, networks), now), this.#untilTurnMs(attempt, now))
  }

  /** What is promised once is kept: the wait is neither prolonged by others nor by asking again. */
  #untilTurnMs(attempt: Attempt, now: Instant): number {
    const waitMs = this.#accounts.demandedMs(accountOf(attempt), now)
    if (waitMs === 0) return 0
    const promised = this.#turns.get(pairOf(attempt))
    // Further off than any promise is only what was promised before the clock was set back.
    if (promised !== undefined && promised - now <= WAIT_MS_MAX) return Math.max(0, promised - now)
    this.#turns.set(pairOf(attempt), now + waitMs)
    return waitMs
  }

  #countedBy(attempt: Attempt): readonly Counted[] {
    const { networks = [], familiar } = attempt
    const strange = networks.length > 0 && !familiar
    return [
      ...each(this.#pairs, pairsOf(attempt)),
      ...each(this.#networks, networks),
      ...(strange ? each([this.#accounts], [accountOf(attempt)]) : []),
    ]
  }

  #settle(account: string, network: string): void {
    const others = (this.#homes.get(account) ?? []).filter((other) => other !== network)
    this.#homes.set(account, [...others, network].slice(-HOMES_MAX))
  }
}

/** What is counted by which name. */
type Counted = readonly [Tallies, string]

const byWidth = (free: number, forgivenMs?: number): readonly Tallies[] =>
  WIDER_SHARES.map((share) => new Tallies(free * share, forgivenMs))

const each = (tallies: readonly Tallies[], names: readonly string[]): readonly Counted[] =>
  tallies.flatMap((those, i) => {
    const name = names[i]
    return name === undefined ? [] : [[those, name] as const]
  })

const longest = (counted: readonly Counted[], now: Instant): number =>
  Math.max(0, ...counted.map(([tallies, name]) => tallies.remainingMs(name, now)))

const accountOf = ({ account }: Attempt) => account.slice(0, ACCOUNT_LENGTH_MAX)
/** No email has a blank in it that counts, and no network has one at all. */
const pairOf = (attempt: Attempt, network = attempt.networks?.[0]) => `${accountOf(attempt)} ${network ?? ''}`
const pairsOf = (attempt: Attempt): readonly string[] =>
  attempt.familiar || !attempt.networks
    ? [pairOf(attempt)]
    : attempt.networks.map((network) => pairOf(attempt, network))
