import fc from 'fast-check'
import type { Attempt, LoginThrottle } from './login-throttle.ts'
import { type Networks, networksOf } from './network.ts'
import { WAIT_MS_MAX } from './tallies.ts'

export const start = 1_700_000_000_000

export const from = (network: string, account = 'owner@x', familiar = false): Attempt =>
  fromAll([network], account, familiar)
export const fromAll = (networks: Networks, account = 'owner@x', familiar = false): Attempt => ({
  account,
  networks,
  familiar,
})

/** A guess that is wrong, if it is let through; the wait it is told. */
export function guess(throttle: LoginThrottle, attempt: Attempt, now: number): number {
  const waitMs = throttle.admit(attempt, now)
  if (waitMs === 0) throttle.failed(attempt, now)
  return waitMs
}

export function signIn(throttle: LoginThrottle, attempt: Attempt, now: number): void {
  if (throttle.admit(attempt, now) !== 0) throw new Error('it has to wait')
  throttle.succeeded(attempt, now)
}

export interface Step {
  readonly account: string
  readonly network: string
  readonly afterMs: number
  readonly times: number
}

/** Attackers from a few networks, who guess at a few accounts, patiently or in bursts. */
export const anAttack: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    account: fc.constantFrom('owner@x', 'owner@x', 'ada@x', 'nobody@x'),
    network: fc.constantFrom(...Array.from({ length: 40 }, (_, i) => `net${i}`)),
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 * WAIT_MS_MAX })),
    times: fc.integer({ min: 1, max: 30 }),
  }),
  { minLength: 1, maxLength: 60 },
)

/** Tells when every guess was made that was let through; `meanwhile` is asked before each step. */
export function attack(
  throttle: LoginThrottle,
  steps: readonly Step[],
  meanwhile: (now: number) => void = () => undefined,
): { readonly step: Step; readonly at: number }[] {
  const tried: { step: Step; at: number }[] = []
  let now = start
  for (const step of steps) {
    now += step.afterMs
    meanwhile(now)
    for (let i = 0; i < step.times; i++) {
      if (guess(throttle, from(step.network, step.account), now) === 0) tried.push({ step, at: now })
    }
  }
  return tried
}

/** The first four groups of an address, the last of them as a number: 256 of those are a /56, and all of them a /48. */
export const inside = (subnet: number, site = '2001:db8:1') => networksOf(`${site}:${subnet.toString(16)}::1`)
