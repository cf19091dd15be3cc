import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { type Attempt, LOGIN_FAILURES_FREE as FREE, LoginThrottle } from './login-throttle.ts'
import { FORGIVEN_MS, NAMES_MAX, WAIT_MS_MAX } from './tallies.ts'
import { anAttack, attack, from, fromAll, guess, inside, signIn, start } from './testing-attacks.ts'

setDefaultTimeout(30_000)

const RUNS = 1_000
const nobodyKnowsFrom = (account = 'owner@x'): Attempt => ({ account, familiar: false })

describe('who guesses is slowed down', () => {
  test('many at once gain nothing: the free ones are tried, and no more', () => {
    const throttle = new LoginThrottle()
    const waits = Array.from({ length: 1_000 }, () => throttle.admit(from('net'), start))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(FREE)
    expect(waits.at(-1)).toBe(1_000)
    for (let i = 0; i < FREE; i++) throttle.failed(from('net'), start)
    expect(throttle.admit(from('net'), start + 999)).toBe(1)
    const again = Array.from({ length: 1_000 }, () => throttle.admit(from('net'), start + 1_000))
    expect(again.filter((wait) => wait === 0)).toHaveLength(1)
  })

  test('each failure is followed by a longer wait, up to a minute', () => {
    const throttle = new LoginThrottle()
    let now = start
    for (let i = 0; i < FREE; i++) guess(throttle, from('net'), now)
    const waits = Array.from({ length: 9 }, () => {
      const wait = guess(throttle, from('net'), now)
      now += wait
      expect(guess(throttle, from('net'), now)).toBe(0)
      return wait / 1000
    })
    expect(waits.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 32])
    // One was forgiven in the meantime.
    expect(waits.slice(6)).toEqual([32, 60, 60])
  })

  test('in the long run an account, and a network, is tried once a minute by each of the others', () => {
    fc.assert(
      fc.property(anAttack, (steps) => {
        const tried = attack(new LoginThrottle(), steps)
        const most = (free: number, ms: number) => free + 7 + ms / FORGIVEN_MS
        for (const [i, first] of tried.entries()) {
          const since = tried.slice(i)
          const pair = since.filter(
            ({ step }) => step.account === first.step.account && step.network === first.step.network,
          )
          const network = since.filter(({ step }) => step.network === first.step.network)
          for (const [count, each] of pair.entries()) expect(count).toBeLessThanOrEqual(most(FREE, each.at - first.at))
          for (const [count, each] of network.entries()) {
            expect(count).toBeLessThanOrEqual(most(FREE * 5, each.at - first.at))
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('guesses from ever new networks make every further stranger wait', () => {
    const throttle = new LoginThrottle()
    const waits = Array.from({ length: 100 }, (_, i) => guess(throttle, from(`net${i}`), start))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(2 * FREE)
    expect(guess(throttle, from('another', 'ada@x'), start)).toBe(0)
    // A turn is for one attempt.
    expect(guess(throttle, from('net99'), start + 1_000)).toBe(0)
    expect(guess(throttle, from('net99'), start + 1_000)).toBeGreaterThan(0)
  })

  test('guesses at ever new accounts from one network make it wait', () => {
    const throttle = new LoginThrottle()
    const waits = Array.from({ length: 100 }, (_, i) => guess(throttle, from('net', `user${i}@x`), start))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5 * FREE)
    expect(guess(throttle, from('another', 'user99@x'), start)).toBe(0)
  })

  test('without an address the account alone counts', () => {
    const throttle = new LoginThrottle()
    const waits = Array.from({ length: 100 }, () => guess(throttle, nobodyKnowsFrom(), start))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(FREE)
    expect(guess(throttle, nobodyKnowsFrom('ada@x'), start)).toBe(0)
  })
})

describe('nobody is locked out', () => {
  test('where the account was signed in to before, no stranger is ever in the way', () => {
    fc.assert(
      fc.property(anAttack, fc.boolean(), (steps, remembered) => {
        const throttle = new LoginThrottle()
        if (remembered) signIn(throttle, from('home'), start)
        expect(throttle.knows('owner@x', 'home')).toBe(remembered)
        attack(throttle, steps, (now) => signIn(throttle, from('home', 'owner@x', true), now))
      }),
      { numRuns: RUNS },
    )
  })

  test('a stranger who waits for what it was told is let through, whatever others do meanwhile', () => {
    fc.assert(
      fc.property(anAttack, anAttack, (before, during) => {
        const throttle = new LoginThrottle()
        attack(throttle, before)
        let now = start + before.reduce((ms, { afterMs }) => ms + afterMs, 0)
        const told = guess(throttle, from('hotel'), now)
        expect(told).toBeLessThanOrEqual(WAIT_MS_MAX)
        if (told === 0) return
        const until = now + told
        for (const { account, network, afterMs } of during) {
          now = Math.min(until, now + afterMs / 10)
          guess(throttle, from(network, account), now)
          if (now === until) continue
          const again = guess(throttle, from('hotel'), now)
          expect(again).toBeLessThanOrEqual(until - now)
          // The attack had grown cold before its time.
          if (again === 0) return
        }
        expect(guess(throttle, from('hotel'), until)).toBe(0)
      }),
      { numRuns: RUNS },
    )
  })

  test('a wait is a minute at most, and comes to an end, wherever the clock is set', () => {
    const jumps = fc.array(fc.integer({ min: -100 * WAIT_MS_MAX, max: 100 * WAIT_MS_MAX }), { maxLength: 20 })
    fc.assert(
      fc.property(anAttack, jumps, (steps, clock) => {
        const throttle = new LoginThrottle()
        attack(throttle, steps)
        for (const jump of clock) {
          for (const attempt of [from('net0'), from('hotel')]) {
            const wait = guess(throttle, attempt, start + jump)
            expect(wait).toBeLessThanOrEqual(WAIT_MS_MAX)
            if (wait > 0) expect(guess(throttle, attempt, start + jump + wait)).toBe(0)
          }
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('what succeeded counts for nothing, and gives back what the pair had used up', () => {
    const throttle = new LoginThrottle()
    for (let i = 0; i < 5; i++) {
      const attempt = from('net', 'owner@x', throttle.knows('owner@x', 'net'))
      for (let n = 1; n < FREE; n++) expect(guess(throttle, attempt, start)).toBe(0)
      signIn(throttle, attempt, start)
    }
  })

  test('whoever has an account cannot buy guesses at others by signing in to it', () => {
    const throttle = new LoginThrottle()
    for (let i = 0; i < 10 * FREE; i++) guess(throttle, from('net', `user${i}@x`), start)
    const own = from('net', 'mallory@x', true)
    for (let i = 0; i < 1_000; i++) signIn(throttle, own, start)
    for (let i = 0; i < FREE; i++) throttle.admit(own, start)
    for (let i = 0; i < FREE; i++) throttle.succeeded(own, start)
    expect(guess(throttle, from('net', 'ada@x'), start)).toBeGreaterThan(0)
  })

  test('what was never tried leaves no trace', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('net0', 'net1', 'net2'), { maxLength: 100 }), (networks) => {
        const throttle = new LoginThrottle()
        for (const network of networks) {
          expect(throttle.admit(from(network), start)).toBe(0)
          throttle.untried(from(network), start)
        }
        expect(throttle.size).toBe(0)
      }),
      { numRuns: 100 },
    )
  })
})

describe('what is remembered is bounded', () => {
  test('ever new names from ever new places forget the oldest, and only after as many verifications', () => {
    const throttle = new LoginThrottle()
    for (let i = 0; i < FREE; i++) guess(throttle, from('net', 'owner@x'), start)
    for (let i = 0; i < NAMES_MAX - 1; i++) guess(throttle, from(`${i}`, `user${i}@x`), start)
    expect(guess(throttle, from('net', 'owner@x'), start)).toBeGreaterThan(0)
    for (let i = 0; i < 2 * NAMES_MAX; i++) guess(throttle, from(`again${i}`, `other${i}@x`), start)
    expect(throttle.size).toBeLessThanOrEqual(3 * 2 * NAMES_MAX)
    expect(guess(throttle, from('net', 'owner@x'), start)).toBe(0)
  })

  test('wider networks are no more than those in them', () => {
    const throttle = new LoginThrottle()
    const site = (i: number) => `2001:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}`
    for (let i = 0; i < 2 * NAMES_MAX; i++) guess(throttle, fromAll(inside(1, site(i)), `user${i}@x`), start)
    expect(throttle.size).toBeLessThanOrEqual(7 * 2 * NAMES_MAX)
  })

  test('who is turned away is remembered only where a turn was promised, and that is bounded too', () => {
    const throttle = new LoginThrottle()
    for (let i = 0; i < 2 * FREE; i++) guess(throttle, from(`net${i}`), start)
    const before = throttle.size
    for (let i = 0; i < 3 * NAMES_MAX; i++) guess(throttle, from(`more${i}`), start)
    expect(throttle.size - before).toBeLessThanOrEqual(2 * NAMES_MAX)
    expect(guess(throttle, from('more0'), start + 1_000)).toBe(1_000)
    expect(guess(throttle, from(`more${3 * NAMES_MAX - 1}`), start + 1_000)).toBe(0)
  })

  test('of an account the last few places are, and nobody forgets those of another', () => {
    const throttle = new LoginThrottle()
    signIn(throttle, from('home', 'owner@x'), start)
    for (let i = 0; i < 100; i++) signIn(throttle, from(`net${i}`, 'ada@x'), start)
    expect(throttle.knows('owner@x', 'home')).toBe(true)
    expect(throttle.knows('ada@x', 'net99')).toBe(true)
    expect(throttle.knows('ada@x', 'net0')).toBe(false)
  })

  test('no email is too long to be counted', () => {
    const throttle = new LoginThrottle()
    const long = (end: string) => `${'x'.repeat(1_000_000)}${end}`
    for (let i = 0; i < FREE; i++) guess(throttle, from('net', long(`${i}`)), start)
    expect(guess(throttle, from('net', long('another')), start)).toBeGreaterThan(0)
  })
})
