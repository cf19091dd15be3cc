import { afterEach, describe, expect, test } from 'bun:test'
import { Overloaded } from '../../core/ports/storage.ts'
import { Places } from './places.ts'

describe('when more requests are under way than there are places', () => {
  const places = new Places()
  let leave = Promise.withResolvers<string>()
  const all: Promise<unknown>[] = []

  /** As many as get a place, and more. */
  const crowd = (isUrgent: boolean) => {
    for (let i = 0; i < 20_000; i++) all.push(places.within(isUrgent, () => leave.promise).catch((error) => error))
  }
  const asks = (isUrgent: boolean) => places.within(isUrgent, async () => 'answered').catch((error) => error)

  afterEach(async () => {
    leave.resolve('answered')
    await Promise.all(all.splice(0))
    leave = Promise.withResolvers()
  })

  test('the next is sent away, and whoever is urgent is not', async () => {
    crowd(false)
    expect(await asks(false)).toBeInstanceOf(Overloaded)
    expect(await asks(true)).toBe('answered')
  })

  test('there is an end of urgent ones as well', async () => {
    crowd(true)
    expect(await asks(true)).toBeInstanceOf(Overloaded)
  })

  test('whoever leaves makes room, also by failing', async () => {
    crowd(false)
    leave.reject(new Error('it broke'))
    await Promise.all(all.splice(0))
    expect(await asks(false)).toBe('answered')
  })
})
