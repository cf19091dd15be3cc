import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { canonicalText } from '../../hosts/verify/canonical.ts'
import { canonical } from './canonical.ts'

/** Names that tempt: digits sort as text and not as numbers, and some are known to every object. */
const names = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', 'toJSON', '', '0', '10', '9', '-1', '\u{1f600}', '\ufb33', '\ud800', 'é'),
)
const scalars = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('\ud800', 'a\udc00b', '\u0000\u2028', 1e21, 1e-7, -0, 5e-324, 2 ** 53),
)
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 5 }, scalars, fc.array(tie('tree')), fc.dictionary(names, tie('tree'))),
}))

test('what was written and read again is written the same by whoever verifies', () => {
  fc.assert(
    fc.property(tree, (value) => {
      const text = canonical(value)
      expect(canonicalText(JSON.parse(text))).toBe(text)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
    { numRuns: 5000 },
  )
})

test('the order in which members came does not show', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(names, tree), { selector: ([name]) => name }), (members) => {
      expect(canonical(Object.fromEntries(members))).toBe(canonical(Object.fromEntries(members.toReversed())))
    }),
  )
})

test('it is written as RFC 8785 has it', () => {
  const example = {
    numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27],
    string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  }
  expect(canonical(example)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
  const sorted = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, ö: 7 }
  expect([...canonical(sorted).matchAll(/:(\d)/g)].map(([, n]) => n).join('')).toBe('2467153')
})

test('what is absent is absent; in a list it is null, as everywhere', () => {
  expect(canonical({ a: undefined, b: [undefined, 1] })).toBe('{"b":[null,1]}')
})

test('no sender can nest so deeply, or list so much, that it could not be sealed', () => {
  const deep = JSON.parse(`${'{"a":['.repeat(20_000)}${']}'.repeat(20_000)}`)
  expect(canonicalText(deep)).toBe(canonical(deep))
  const wide = new Array(500_000).fill(0)
  expect(canonicalText(wide)).toBe(canonical(wide))
})
