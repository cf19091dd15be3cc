import { describe, expect, test } from 'bun:test'
import { Places } from './places.ts'

describe('when more requests are under way than there are places', () => {
  /** As many as get a place. */
  const crowd = (places: Places, isUrgent: boolean) => {
    for (let i = 0; places.take(isUrgent); i++) expect(i).toBeLessThan(20_000)
  }

  test('the next is sent away, and whoever is urgent is not', () => {
    const places = new Places()
    crowd(places, false)
    expect(places.take(false)).toBe(false)
    expect(places.take(true)).toBe(true)
  })

  test('there is an end of urgent ones as well', () => {
    const places = new Places()
    crowd(places, true)
    expect(places.take(true)).toBe(false)
  })

  test('whoever leaves makes room', () => {
    const places = new Places()
    crowd(places, false)
    places.leave()
    expect(places.take(false)).toBe(true)
    expect(places.take(false)).toBe(false)
  })
})
