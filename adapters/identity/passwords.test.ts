import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { Busy } from '../../core/ports/identity.ts'
import { argonPasswords } from './passwords.ts'

setDefaultTimeout(60_000)

/** As many as are at work and in one line. */
const ROOM = 4 + 64

describe('passwords', () => {
  test('of nobody, and of a broken hash, match nothing', async () => {
    const passwords = argonPasswords()
    const hash = await passwords.hash('right')
    expect(await passwords.verify(hash, 'right', 'strangers')).toBe(true)
    expect(await passwords.verify(hash, 'wrong', 'known')).toBe(false)
    expect(await passwords.verify('broken', 'right', 'known')).toBe(false)
    expect(await passwords.verify(undefined, 'nobody has this password', 'known')).toBe(false)
  })

  test('strangers wait in a line that has an end, and leave the other one alone', async () => {
    const passwords = argonPasswords()
    const hash = await passwords.hash('right')
    await passwords.verify(undefined, 'nobody is at work any more', 'known')
    const order: string[] = []
    const ask = (line: 'known' | 'strangers', said = 'wrong') =>
      passwords.verify(line === 'known' ? hash : undefined, said, line).then((matches) => {
        order.push(line)
        return matches
      })
    const strangers = Array.from({ length: ROOM }, () => ask('strangers'))
    expect(await ask('strangers').catch((error) => error)).toBeInstanceOf(Busy)
    const known = Array.from({ length: 3 }, () => ask('known', 'right'))
    expect(await Promise.all(known)).toEqual([true, true, true])
    expect(order.length).toBeLessThan(ROOM / 2)
    expect(await Promise.all(strangers)).toEqual(Array(ROOM).fill(false))
    expect(await ask('strangers')).toBe(false)
  })

  test('those who are known do not keep strangers waiting for ever', async () => {
    const passwords = argonPasswords()
    await passwords.verify(undefined, 'nobody is at work any more', 'known')
    let served = 0
    const known = Array.from({ length: ROOM }, () => passwords.verify(undefined, 'wrong', 'known').then(() => served++))
    await passwords.verify(undefined, 'wrong', 'strangers')
    expect(served).toBeLessThan(ROOM / 2)
    await Promise.all(known)
  })
})
