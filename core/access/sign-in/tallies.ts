import type { Instant } from '../../ids.ts'
import { Recent } from './recent.ts'

/** Nobody is told to wait longer than this. */
export const WAIT_MS_MAX = 60_000
/** After this long one failure is forgiven. */
export const FORGIVEN_MS = 60_000
/** By the time that so many names have failed, each at the cost of a verification, the oldest are forgiven anyway. */
export const NAMES_MAX = 50_000

const WAIT_MS_MIN = 1_000
/** More failures prolong no wait, and are not kept: the quiet that ends it is minutes. */
const DOUBLINGS_MAX = Math.ceil(Math.log2(WAIT_MS_MAX / WAIT_MS_MIN))

interface Tally {
  readonly failures: number
  /** When the last one failed. */
  readonly at: Instant
  /** Being tried. They count as failures until they have ended, so that many at once gain nothing. */
  readonly pending: number
}

/** Failures by name, forgiven one by one. Each beyond the free ones is followed by a wait, and the next by a longer one. */
export class Tallies {
  readonly #free: number
  readonly #forgivenMs: number
  readonly #tallies = new Recent<Tally>(NAMES_MAX)

  constructor(free: number, forgivenMs = FORGIVEN_MS) {
    this.#free = free
    this.#forgivenMs = forgivenMs
  }

  get size(): number {
    return this.#tallies.size
  }

  begin(name: string, now: Instant): void {
    const { failures, at, pending } = this.#known(name, now)
    this.#tallies.set(name, { failures, at, pending: pending + 1 })
  }

  failed(name: string, now: Instant): void {
    const failures = Math.min(this.#unforgiven(name, now) + 1, this.#free + DOUBLINGS_MAX)
    this.#keep(name, { failures, at: now, pending: this.#known(name, now).pending - 1 })
  }

  /** It was no failure; `clears` says that neither were those before it. */
  ended(name: string, now: Instant, clears?: 'clears'): void {
    const { failures, at, pending } = this.#known(name, now)
    this.#keep(name, { failures: clears ? 0 : failures, at, pending: pending - 1 })
  }

  /** What is left of the wait that followed the last failure; or, where more are being tried than are free, a moment. */
  remainingMs(name: string, now: Instant): number {
    const { failures, at, pending } = this.#known(name, now)
    const left = at + this.#waitMs(failures) - now
    if (left > 0) return left
    return pending > 0 && this.demandedMs(name, now) > 0 ? WAIT_MS_MIN : 0
  }

  /** The wait of somebody who comes anew. */
  demandedMs(name: string, now: Instant): number {
    return this.#waitMs(this.#unforgiven(name, now) + this.#known(name, now).pending)
  }

  #waitMs(failures: number): number {
    const beyond = Math.ceil(failures) - this.#free
    return beyond < 0 ? 0 : Math.min(WAIT_MS_MAX, WAIT_MS_MIN * 2 ** beyond)
  }

  #unforgiven(name: string, now: Instant): number {
    const { failures, at } = this.#known(name, now)
    return Math.max(0, failures - (now - at) / this.#forgivenMs)
  }

  /** A clock that was set back must not make a wait of it. */
  #known(name: string, now: Instant): Tally {
    const tally = this.#tallies.get(name) ?? { failures: 0, at: now, pending: 0 }
    if (tally.at <= now) return tally
    const again = { ...tally, at: now }
    this.#tallies.set(name, again)
    return again
  }

  #keep(name: string, { failures, at, pending }: Tally): void {
    if (failures <= 0 && pending <= 0) this.#tallies.delete(name)
    else this.#tallies.set(name, { failures, at, pending: Math.max(0, pending) })
  }
}
