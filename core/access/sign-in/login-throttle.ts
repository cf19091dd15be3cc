import type { Instant } from '../../ids.ts'
import { Recent } from './recent.ts'
import { NAMES_MAX, Tallies, WAIT_MS_MAX } from './tallies.ts'

/** Somebody tries to sign in. */
export interface Attempt {
  /** The email as it was typed, in lower case. Whether anybody has it is not asked: both look the same. */
  readonly account: string
  /** Where it came from, as far as that is known. */
  readonly network?: string
  /** The account was signed in to from there. */
  readonly familiar: boolean
}

export const LOGIN_FAILURES_FREE = 10
/** Many may guess at one account, and many people may have one address. */
const ACCOUNT_SHARE = 2
const NETWORK_SHARE = 5
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
  readonly #pairs: Tallies
  readonly #networks: Tallies
  /** Logins that were begun, to be ended elsewhere: each counts, for nobody can tell whether it will. */
  readonly #departures = new Tallies(DEPARTURES_FREE, DEPARTURE_FORGIVEN_MS)
  /** By strangers alone. */
  readonly #accounts: Tallies
  /** When a stranger to an account under attack gets its turn. */
  readonly #turns = new Recent<Instant>(NAMES_MAX)
  readonly #homes = new Recent<readonly string[]>(NAMES_MAX)

  constructor(free = LOGIN_FAILURES_FREE) {
    this.#pairs = new Tallies(free)
    this.#networks = new Tallies(free * NETWORK_SHARE)
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
      tallies.ended(name, now, tallies === this.#pairs ? 'clears' : undefined)
    }
    if (attempt.network !== undefined) this.#settle(accountOf(attempt), attempt.network)
  }

  /** Nobody looked at its password. */
  untried(attempt: Attempt, now: Instant): void {
    for (const [tallies, name] of this.#countedBy(attempt)) tallies.ended(name, now)
  }

  /** How long to wait before a login that is ended elsewhere may be begun from there. With 0 it is counted. */
  depart(network: string, now: Instant): number {
    const waitMs = this.#departures.remainingMs(network, now)
    if (waitMs === 0) this.#departures.failed(network, now)
    return waitMs
  }

  /** How many names are remembered, all in all. */
  get size(): number {
    const { size } = this.#pairs
    return (
      size + this.#departures.size + this.#networks.size + this.#accounts.size + this.#turns.size + this.#homes.size
    )
  }

  /** Whether the account was signed in to from there, as far back as is remembered. */
  knows(account: string, network: string): boolean {
    return this.#homes.get(account.slice(0, ACCOUNT_LENGTH_MAX))?.includes(network) ?? false
  }

  /** Without an address all are one, and the account's own failures are all there is to go by. */
  #waitMs(attempt: Attempt, now: Instant): number {
    const { network, familiar } = attempt
    const ownMs = this.#pairs.remainingMs(pairOf(attempt), now)
    if (familiar || network === undefined) return ownMs
    return Math.max(ownMs, this.#networks.remainingMs(network, now), this.#untilTurnMs(attempt, now))
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

  #countedBy(attempt: Attempt): readonly (readonly [Tallies, string])[] {
    const { network, familiar } = attempt
    const counted: (readonly [Tallies, string])[] = [[this.#pairs, pairOf(attempt)]]
    if (network !== undefined) counted.push([this.#networks, network])
    if (network !== undefined && !familiar) counted.push([this.#accounts, accountOf(attempt)])
    return counted
  }

  #settle(account: string, network: string): void {
    const others = (this.#homes.get(account) ?? []).filter((each) => each !== network)
    this.#homes.set(account, [...others, network].slice(-HOMES_MAX))
  }
}

const accountOf = ({ account }: Attempt) => account.slice(0, ACCOUNT_LENGTH_MAX)
/** No email has a blank in it that counts, and no network has one at all. */
const pairOf = (attempt: Attempt) => `${accountOf(attempt)} ${attempt.network ?? ''}`
