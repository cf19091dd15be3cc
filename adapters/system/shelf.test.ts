import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { byteShelf } from './shelf.ts'

describe('a shelf of texts', () => {
  test('gives back what was put last, whatever was there before', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ maxLength: 300 }),
      fc.constant('\ufeff'),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b'), text), { maxLength: 20 }), (puts) => {
        const shelf = byteShelf()
        const last = new Map<string, string>()
        for (const [name, text] of puts) {
          shelf.put(name, text)
          last.set(name, text)
          for (const each of ['a', 'b']) expect(shelf.get(each)).toBe(last.get(each) as string)
        }
      }),
    )
  })
})
