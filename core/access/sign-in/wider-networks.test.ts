import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { LOGIN_FAILURES_FREE as FREE, LoginThrottle } from './login-throttle.ts'
import { FORGIVEN_MS, WAIT_MS_MAX } from './tallies.ts'
import { anAttack, from, fromAll, guess, inside, signIn, start } from './testing-attacks.ts'

setDefaultTimeout(30_000)

describe('a customer of IPv6 is more than a /64', () => {
  /** So many of the /64 from `first` on guess, each at the account or at one of its own; and again, as soon as they were told. */
  const aSwarm = fc.array(
    fc.record({
      first: fc.constantFrom(0, 7, 200, 5_000),
      many: fc.integer({ min: 1, max: 300 }),
      own: fc.boolean(),
      afterMs: fc.oneof(fc.constant(1_000), fc.constant(WAIT_MS_MAX), fc.integer({ min: 0, max: 5 * WAIT_MS_MAX })),
    }),
    { minLength: 1, maxLength: 20 },
  )

  test('guesses from all over a /48 are as many as from four addresses, and from all over a /56 as from two', () => {
    fc.assert(
      fc.property(aSwarm, (waves) => {
        const throttle = new LoginThrottle()
        const tried: { subnet: number; own: boolean; at: number }[] = []
        let now = start
        for (const { first, many, own, afterMs } of waves) {
          now += afterMs
          for (let subnet = first; subnet < first + many; subnet++) {
            const attempt = fromAll(inside(subnet), own ? `user${subnet}@x` : 'owner@x')
            if (guess(throttle, attempt, now) === 0) tried.push({ subnet, own, at: now })
          }
        }
        const most = (free: number, ms: number) => free + 7 + ms / FORGIVEN_MS
        for (const [i, { at, subnet }] of tried.entries()) {
          const since = tried.slice(i)
          const near = since.filter((each) => each.subnet >> 8 === subnet >> 8)
          for (const [those, shares] of [[since, 4] as const, [near, 2] as const]) {
            const ms = (those.at(-1)?.at ?? at) - at
            expect(those.length).toBeLessThanOrEqual(most(5 * FREE * shares, ms))
            expect(those.filter(({ own }) => !own).length).toBeLessThanOrEqual(most(FREE * shares, ms))
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  test.each([
    ['/48', 1, 4],
    ['/56', 0x100, 2],
  ])('a thousand of one %p that come again as they were told gain nothing by being many', (_, steps, shares) => {
    const throttle = new LoginThrottle()
    let tried = 0
    for (let minute = 0; minute < 10; minute++) {
      for (let i = 0; i < 1_000; i++) {
        const subnet = steps === 1 ? i * 64 : i % 256
        tried += guess(throttle, fromAll(inside(subnet)), start + minute * WAIT_MS_MAX) === 0 ? 1 : 0
      }
    }
    expect(tried).toBeGreaterThanOrEqual(shares * FREE)
    expect(tried).toBeLessThanOrEqual(shares * FREE + 17)
  })

  test('whoever has one /64, or one /56, is in the way of no neighbour: at another account none waits', () => {
    const anywhere = fc.record({ narrow: fc.boolean(), steps: anAttack })
    fc.assert(
      fc.property(anywhere, ({ narrow, steps }) => {
        const throttle = new LoginThrottle()
        let now = start
        for (const [i, { account, afterMs, times }] of steps.entries()) {
          now += afterMs
          for (let n = 0; n < times; n++) {
            guess(throttle, fromAll(inside(narrow ? 1 : (i * 30 + n) % 256), n % 2 ? account : `${i}.${n}@x`), now)
          }
          const neighbour = fromAll(inside(narrow ? 2 : 0x100), 'neighbour@x')
          expect(throttle.admit(neighbour, now)).toBe(0)
          throttle.untried(neighbour, now)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('a neighbour who waits for the account under attack gets its turn as it was told', () => {
    fc.assert(
      fc.property(anAttack, anAttack, (before, during) => {
        const throttle = new LoginThrottle()
        const neighbour = fromAll(inside(2))
        const raid = (steps: typeof before, until: (afterMs: number) => number) => {
          for (const { times, afterMs } of steps) {
            const now = until(afterMs)
            for (let i = 0; i < times; i++) guess(throttle, fromAll(inside(1)), now)
            for (let i = 0; i < times; i++) guess(throttle, from(`net${i}`), now)
          }
        }
        let now = start
        raid(before, (afterMs) => (now += afterMs))
        const told = guess(throttle, neighbour, now)
        if (told === 0) return
        const until = now + told
        raid(during, (afterMs) => (now = Math.min(until, now + afterMs / 10)))
        expect(guess(throttle, neighbour, until)).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  test('the owner is let in from where it was signed in, though all its /48 guesses', () => {
    fc.assert(
      fc.property(aSwarm, (waves) => {
        const throttle = new LoginThrottle()
        signIn(throttle, fromAll(inside(3)), start)
        let now = start
        for (const { first, many, afterMs } of waves) {
          now += afterMs
          for (let i = 0; i < many; i++) guess(throttle, fromAll(inside(first + i === 3 ? 4 : first + i)), now)
          signIn(throttle, fromAll(inside(3), 'owner@x', throttle.knows('owner@x', inside(3)[0])), now)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('logins that are ended elsewhere are begun from a /48 as often as from four addresses', () => {
    const throttle = new LoginThrottle()
    const waits = Array.from({ length: 1_000 }, (_, subnet) => throttle.depart(inside(subnet * 64), start))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(4 * 30)
    expect(throttle.depart(inside(1, '2001:db8:2'), start)).toBe(0)
  })
})
