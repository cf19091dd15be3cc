import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { groupIdOf, slugOf } from './group.ts'

const free = () => false
const chance = () => 'c0ffee'
const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom('a', 'Z', '7', '-', ' ', 'ö', '_'), maxLength: 300 }),
)

/** The rule as the contract tells it, a character at a time. */
function slowly(name: string): string {
  let slug = ''
  for (const each of name.toLowerCase()) {
    const usable = (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9')
    if (usable) slug += each
    else if (!slug.endsWith('-')) slug += '-'
  }
  if (slug.startsWith('-')) slug = slug.slice(1)
  if (slug.endsWith('-')) slug = slug.slice(0, -1)
  return slug.slice(0, 120)
}

describe('what a group is called', () => {
  test.each([
    [' Böard  Room! ', 'b-ard-room'],
    ['Room Council', 'room-council'],
    ['--A--', 'a'],
    ['会議室 7', '7'],
    ['x'.repeat(200), 'x'.repeat(120)],
  ])('%s', (name, id) => expect(groupIdOf(name, free, chance)).toBe(id as never))

  test('a name without a usable character is called by chance', () => {
    expect(slugOf('会議室')).toBeUndefined()
    expect(groupIdOf('会議室', free, chance)).toBe('group-c0ffee' as never)
  })

  test('of any name it is what the contract says', () =>
    fc.assert(fc.property(anyName, (name) => expect(slugOf(name) ?? '').toBe(slowly(name)))))

  test('whatever is taken, it is free, fits, and differs from the name by a number alone', () =>
    fc.assert(
      fc.property(anyName, fc.integer({ min: 0, max: 130 }), (name, others) => {
        const taken = new Set<string>()
        for (let i = 0; i < others; i++) taken.add(groupIdOf(name, (id) => taken.has(id), chance))
        expect(taken.size).toBe(others)
        const id = groupIdOf(name, (each) => taken.has(each), chance)
        expect(id.length).toBeLessThanOrEqual(120)
        const suffix = others === 0 ? '' : `-${others + 1}`
        expect(id).toEndWith(suffix)
        expect(slugOf(name) ?? 'group-c0ffee').toStartWith(id.slice(0, id.length - suffix.length))
      }),
    ))
})
